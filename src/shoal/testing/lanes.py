"""What a lane of a wider program computes, held to the narrow network that it claims to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from shoal.nn import (
    HostParams,
    Network,
    Widths,
    active_of,
    feature_masks,
    initialize,
    member_counts,
    narrow_down,
    ranks_of,
    widen,
)
from shoal.nn.forward import forward
from shoal.testing.conformance import require

KEY = np.asarray([3, 14], np.uint32)
"""Of the noise."""


def widths_of(
    masks: Mapping[str, np.ndarray], bounded: bool, members: Mapping[str, int] | Any = ()
) -> Widths:
    """As a program gives them to a lane: for those nodes only that some lane masks."""
    masked = {name: mask for name, mask in masks.items() if not mask.all()}
    return Widths(
        {name: jnp.asarray(mask, jnp.float32) for name, mask in masked.items()},
        {name: jnp.asarray(ranks_of(mask)) for name, mask in masked.items()},
        {n: jnp.int32(active_of(mask)) for n, mask in masked.items()} if bounded else {},
        {n: jnp.int32(count) for n, count in dict(members).items()},
    )


def outputs_and_gradients(
    network: Network, params: Any, x: Any, widths: Widths, mask: np.ndarray | None = None
) -> tuple[np.ndarray, Any, np.ndarray]:
    """Outputs while training, and the gradients of a sum that weighs each output differently.

    Args:
        network: bound.
        params: its weights.
        x: its inputs; of whole numbers there is no gradient, and zeros stand for it.
        widths: of the lane.
        mask: which features of the output count; a feature weighs as much as it would if
            there were no others.
    """
    real = jnp.issubdtype(jnp.asarray(x).dtype, jnp.floating)

    @jax.jit
    def run(params: Any, x: Any, widths: tuple[Any, ...]) -> Any:
        def value(params: Any, x: Any) -> Any:
            y = forward(
                network, params, x, training=True, key=jnp.asarray(KEY), widths=Widths(*widths)
            )
            example = jnp.arange(len(y), dtype=y.dtype).reshape(-1, *[1] * (y.ndim - 1))
            own = np.ones(y.shape[-1], bool) if mask is None else mask
            flat = (*[1] * (y.ndim - 1), -1)
            feature = jnp.asarray(np.cumsum(own) - 1, y.dtype).reshape(flat)
            weight = jnp.cos(10 * example + feature) * jnp.asarray(own, y.dtype).reshape(flat)
            return (y * weight).sum(), y

        wanted = (0, 1) if real else (0,)
        (_, y), gradients = jax.value_and_grad(value, argnums=wanted, has_aux=True)(params, x)
        return y, gradients

    y, gradients = run(params, x, (widths.masks, widths.ranks, widths.active, widths.members))
    d_x = np.asarray(gradients[1]) if real else np.zeros(np.shape(x), np.float32)
    return np.asarray(y), jax.tree.map(np.asarray, gradients[0]), d_x


def random_params(network: Network, seed: int) -> HostParams:
    """Initial weights with biases that are not zero."""
    rng = np.random.default_rng(seed)
    made: HostParams = jax.tree.map(
        lambda a: a + rng.normal(0, 0.2, a.shape).astype(np.float32), initialize(network, seed)
    )
    return made


def agree(received: np.ndarray, expected: np.ndarray) -> bool:
    """Whether numbers are the same but for rounding."""
    scale = float(np.abs(expected).max(initial=0.0))
    close = 2e-5 * np.abs(expected) + 2e-5 * scale + 1e-7
    return received.shape == expected.shape and bool((np.abs(received - expected) <= close).all())


def check_lane(wide: Network, narrow: Network, x: Any, what: object, bounded: bool = True) -> None:
    """Outputs and gradients of a lane are those of the network that it claims to be.

    Args:
        wide: the network of the program, bound.
        narrow: the lane's own, bound.
        x: inputs for both.
        what: whose test this is, for the message.
        bounded: whether the kernels are told what part of the features is in use.
    """
    masks, members = feature_masks(wide, narrow), member_counts(wide, narrow)
    params = random_params(narrow, 5)
    padded = widen(params, wide, masks, members)
    y, d_params, d_x = outputs_and_gradients(narrow, params, x, Widths())
    widths = widths_of(masks, bounded, members)
    end = masks[wide.output]
    wide_y, wide_d_params, wide_d_x = outputs_and_gradients(wide, padded, x, widths, end)
    hint = (
        "What a lane masks (context.mask) counts nowhere: neither in a sum, nor in a mean, nor in "
        "a maximum; a function with f(0) other than 0 multiplies by the mask."
    )
    own_y = wide_y[..., end]
    require(agree(own_y, y), "the output of a narrow lane is not that of the narrow network", what,
            expected=f"for example {_some(y)}", received=_some(own_y), hint=hint)  # fmt: skip
    require(agree(wide_d_x, d_x), "the gradient of the inputs in a narrow lane is not that of the "
            "narrow network", what, hint=hint)  # fmt: skip
    own = narrow_down(wide_d_params, wide, masks, members)
    alike = all(jax.tree.leaves(jax.tree.map(agree, own, d_params)))
    require(alike, "the gradient of the weights in a narrow lane is not that of the narrow "
            "network", what, hint=hint)  # fmt: skip
    # What the lane does not have gets no gradient at all, not even a small one.
    again = widen(own, wide, masks, members)
    still = all(
        np.array_equal(a, b)
        for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(wide_d_params), strict=True)
    )
    require(still, "weights that a narrow lane does not have get a gradient", what, hint=hint)


def _some(values: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in values.reshape(-1)[:4])
