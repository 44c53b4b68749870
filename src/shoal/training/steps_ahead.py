"""An optimizer's numbers at each of the steps to come, before the first is taken.

They follow from how many steps have been taken, and from nothing that training finds out.
Computed at one place, they are the same to the last bit whoever takes the steps.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels import OptimizerStep
from shoal.training.optimizers import Optimizer
from shoal.training.schedules import Moment


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
