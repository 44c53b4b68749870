"""From gradients to the next weights: clipping, decay, the moment's numbers, the optimizer."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels import OptimizerStep
from shoal.network import Params
from shoal.training.clipping import Clipping
from shoal.training.optimizers import Optimizer
from shoal.training.optimizers.bounds import Bounds
from shoal.training.optimizers.decays import Decays
from shoal.training.optimizers.optimizer import number
from shoal.training.recipe import Recipe
from shoal.training.schedules import Moment


def penalty(recipe: Recipe, params: Params, decays: Decays) -> Array:
    """What the recipe's regularizers add to the loss of a batch."""
    total = jnp.zeros((), jnp.float32)
    for part in recipe.regularizing:
        total = total + part.penalty(params, decays)
    return total


def by_kernel_alone(recipe: Recipe) -> bool:
    """Whether gradients go from the loss to a kernel's step, and nobody else reads them."""
    known = type(recipe.optimizer).kernel_step is not Optimizer.kernel_step  # type: ignore[union-attr]  # specialized
    alone = not recipe.regularizing and recipe.clipping is None and recipe.biases_alike
    return known and alone and recipe.ema_momentum is None


def beginning(recipe: Recipe, params: Params) -> Any:
    """A fresh optimizer's memory of these weights."""
    zero, one = jnp.float32(0.0), jnp.float32(1.0)
    assert isinstance(recipe.optimizer, Optimizer)
    return recipe.optimizer.at(Moment(zero, one, one)).transformation().init(params)


def descend(
    recipe: Recipe,
    gradients: Params,
    memory: Any,
    params: Params,
    go: Array,
    bounds: Bounds,
    decays: Decays,
    moment: Moment,
    kernel: OptimizerStep | None = None,
) -> tuple[Params, Any]:
    """Weights and memory after one step; as they were unless ``go``.

    Args:
        recipe: bound.
        gradients: of loss and penalties.
        memory: the optimizer's.
        params: what is trained.
        go: whether the step is taken.
        bounds: what part of each weight is in use.
        decays: which of them the weight decay applies to.
        moment: where the trial stands.
        kernel: the optimizer's step of the moment as the kernels take it, if known.
    """
    assert isinstance(recipe.optimizer, Optimizer)
    optimizer = recipe.optimizer.at(moment)
    if isinstance(recipe.clipping, Clipping):
        gradients = recipe.clipping.clipped(gradients)
    rate = jnp.where(go, number(optimizer.learning_rate), 0.0)
    for part in recipe.regularizing:
        params = part.shrunk(params, decays, rate)
    after, memory = optimizer.step(gradients, memory, params, go, bounds, decays, kernel)
    if recipe.biases_alike:
        return after, memory
    return _with_own_rate(params, after, number(recipe.bias_learning_rate)), memory


def averaged(recipe: Recipe, average: Params, params: Params, go: Array, steps: Array) -> Params:
    """The moving average of the weights after a step; as it was unless ``go``.

    Args:
        recipe: bound, with a momentum.
        average: before the step.
        params: the weights after it.
        go: whether it was taken.
        steps: float32 scalar, taken before it.
    """
    momentum = jnp.minimum(number(recipe.ema_momentum), (1.0 + steps) / (10.0 + steps))
    share = jnp.where(go, 1.0 - momentum, 0.0)
    moved: Params = jax.tree.map(lambda old, new: old + share * (new - old), average, params)
    return moved


def _with_own_rate(before: Params, after: Params, factor: Array) -> Params:
    """The weights after a step, of which the biases took a part, or a multiple.

    Steps are proportional to the learning rate, for biases do not decay.
    """
    return {
        owner: {
            name: old + factor * (own[name] - old) if name == "bias" else own[name]
            for name, old in before[owner].items()
        }
        for owner, own in after.items()
    }
