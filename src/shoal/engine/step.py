"""One step of training: the loss, its gradients, and the update of the weights.

The numbers of the optimizer at all steps to come are computed before the first step. They
follow from how many steps have been taken and from nothing else. So they are the same to the
last bit on every path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from shoal.augmentation import Augmented
from shoal.clipping import Clipping
from shoal.engine.readout import Readout
from shoal.engine.recipe import Recipe
from shoal.kernels import LabelCosts, OptimizerStep
from shoal.nn import Params
from shoal.optimizers import Optimizer
from shoal.optimizers.optimizer import Bounds, Decays, number
from shoal.schedules import Moment


def mean_loss(
    read: Readout,
    outputs_of: Callable[[LabelCosts | None], tuple[Array, Params]],
    classes: int,
    seen: Augmented,
    weight: Array,
    present: Array,
) -> tuple[Array, Array, Params]:
    """The sum of each example's loss times its weight, over the number of those that count.

    Args:
        read: how the network is read; its loss is bound.
        outputs_of: from what makes a cost of the outputs to that cost, from None to the
            outputs, and in either case what becomes of the network's state.
        classes: how many outputs there are along the last axis.
        seen: the examples and their targets.
        weight: of each example, 0 for none; shape (batch,).
        present: whether there is an example; shape (batch,).

    Returns:
        the mean, the number of examples that the loss counts, and the state.
    """
    loss = read.loss
    if seen.other is None and read.members is None and loss.is_label_cost(seen.y, classes):
        costs = loss.label_costs(seen.y, classes)
        count = jnp.sum(jnp.where(present, costs.rows, 0.0))
        # A product: XLA makes one of a quotient, or not, and `chain_course` must do the same.
        share = weight * costs.rows * (1.0 / jnp.maximum(count, 1.0))
        mean, state = outputs_of(costs._replace(rows=share))
        return mean, count, state
    outputs, state = outputs_of(None)
    losses = seen.losses(lambda y: read.losses(outputs, y))
    counted = read.counted(outputs, seen.y)
    count = jnp.sum(jnp.where(present, counted, 0.0))
    mean = jnp.sum(losses * weight * counted) / jnp.maximum(count, 1.0)
    return mean, count, state


def steps_ahead(
    optimizer: Optimizer, memory: Any, first: Moment, steps: int
) -> OptimizerStep | None:
    """What the kernels take for each of the next steps; None if they do not know the optimizer.

    Args:
        optimizer: bound, schedules in it.
        memory: its, before the first of the steps.
        first: where the trial stands then.
        steps: how many.

    Returns:
        numbers of shape (steps, 7); row i is of the step before which i have been taken.
    """

    def at(ahead: Array) -> OptimizerStep | None:
        moment = first._replace(step=first.step + ahead.astype(jnp.float32))
        return optimizer.at(moment).kernel_step(memory, ahead)

    one = at(jnp.zeros((), jnp.int32))
    if one is None:
        return None
    numbers = jax.vmap(lambda ahead: at(ahead).numbers)(jnp.arange(steps))  # type: ignore[union-attr]  # as `one`
    return OptimizerStep(one.kind, numbers)


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


def apply_update(
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
