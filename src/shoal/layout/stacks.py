"""Layers that belong together in a picture: what only follows another is put right below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_FOLLOWERS = frozenset({
    "batch_norm", "channel_dropout", "dropout", "elu", "feature_scale", "gaussian_noise", "gelu",
    "hard_sigmoid", "heaviside", "identity", "layer_norm", "leaky_relu", "log_softmax", "mish",
    "parametric", "relu", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh",
})  # fmt: skip


def follows(kind: str) -> bool:
    """Whether layers of this kind are seen as a part of the layer before: activations, norms."""
    return kind in _FOLLOWERS


def stacked(kinds: Mapping[str, str], inputs: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Names in stacks, in their order: a layer and what follows it alone.

    Args:
        kinds: of the layers by name, those that others take before them.
        inputs: of each the names of the layers from which it takes something.
    """
    readers: dict[str, int] = {}
    for name in kinds:
        for other in inputs[name]:
            readers[other] = readers.get(other, 0) + 1
    stack_of: dict[str, list[str]] = {}
    stacks: list[list[str]] = []
    for name, kind in kinds.items():
        before = inputs[name][0] if len(inputs[name]) == 1 else None
        if follows(kind) and before in stack_of and readers[before] == 1:
            stack = stack_of[before]
            if kinds[stack[0]] != "input":
                stack.append(name)
                stack_of[name] = stack
                continue
        stack_of[name] = [name]
        stacks.append(stack_of[name])
    return stacks
