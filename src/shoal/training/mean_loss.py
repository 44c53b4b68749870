"""The mean loss of a batch, of a network's outputs or as one operation with its last layers."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array

from shoal.kernels import LabelCosts
from shoal.network import Params
from shoal.training.augmentation import Augmented
from shoal.training.readout import Readout


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
