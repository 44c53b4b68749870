"""Large dense layers, whose gradients a step of the optimizer computes where it uses them.

The gradient of a weight is as large as the weight, and would be written only to be read once.
The optimizer's step gets its factors instead: the layer's inputs and the gradient of their
product. This saves both ways to memory.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import jax.numpy as jnp

from shoal.engine.readout import Readout
from shoal.engine.specialize import Specialization
from shoal.engine.step import by_kernel_alone
from shoal.kernels import GradientFactors, GradientHooks, native_for, whole_lanes
from shoal.losses import Loss
from shoal.nn import Network, Params, chained_owners

LEAST = 2**17
"""Numbers of a weight: what is smaller stays in the caches between gradient and step."""

MOST = 2**17
"""Numbers of the factor that is read again and again: more do not stay in them."""


def factored_owners(special: Specialization, task: str, lanes: int) -> list[str]:
    """The layers whose weights and biases a program of that many lanes updates like that."""
    network, recipe = special.network, special.recipe
    loss = recipe.loss
    if whole_lanes(lanes) or not native_for(jnp.float32):
        return []
    if not isinstance(loss, Loss) or not by_kernel_alone(recipe):
        return []
    batch = int(recipe.batch_size)  # type: ignore[arg-type]  # specialized
    specs = network.trained_specs()

    def large(owner: str) -> bool:
        inputs, outputs = specs[owner]["weight"].shape
        return inputs * outputs >= LEAST and batch * outputs <= MOST

    end = Readout.of(network, loss, task).end
    return [owner for owner in chained_owners(network, end) if large(owner)]


def gradient_hooks(network: Network, owners: Sequence[str], batch: int) -> dict[str, GradientHooks]:
    """Where these layers' factors come out."""
    specs = network.trained_specs()
    sizes = {owner: specs[owner]["weight"].shape for owner in owners}
    return {
        owner: GradientHooks(jnp.zeros((batch, inputs)), jnp.zeros((batch, outputs)))
        for owner, (inputs, outputs) in sizes.items()
    }


def without(params: Params, owners: Collection[str]) -> tuple[Params, Params]:
    """The others' parameters, and those of these owners."""
    rest = {owner: own for owner, own in params.items() if owner not in owners}
    return rest, {owner: params[owner] for owner in owners}


def gradients_with(gradients: Params, found: dict[str, GradientHooks], params: Params) -> Params:
    """The gradients of all parameters, those of the tapped layers in factors.

    Args:
        gradients: of the others.
        found: the gradients of the taps.
        params: all that are trained.
    """
    factors = {
        owner: {
            name: GradientFactors(taps.x if name == "weight" else None, taps.dz)
            for name in params[owner]
        }
        for owner, taps in found.items()
    }
    return {**gradients, **factors}  # type: ignore[dict-item]  # factors are in the place of arrays
