"""From gradients to the next weights: clipping, decay, the moment's numbers, the optimizer."""

from __future__ import annotations

from typing import Any

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
    return known and not recipe.regularizing and recipe.clipping is None


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
    return optimizer.step(gradients, memory, params, go, bounds, decays, kernel)
