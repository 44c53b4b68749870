"""What holds of every schedule: finite numbers up to its peak, traced like any other."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from shoal.schedules import Moment, Schedule
from shoal.space import Space
from shoal.space.checks import values_of
from shoal.testing.conformance import check_documented, read_back, require

STEPS, EPOCH = 60, 10


def check_schedule(schedule: Schedule) -> None:
    """Check a schedule: its numbers over a training, inside a program, and its JSON.

    Args:
        schedule: which schedule; numbers in it may be ranges.

    Raises:
        ConformanceError: the schedule breaks a rule of `shoal.schedules.Schedule`.
    """
    check_documented(schedule)
    again = read_back(schedule)
    space = Space(schedule)
    point = space.default_point()
    bound, other = space.bind(schedule, point), Space(again).bind(again, point)
    values = _over_a_training(bound)
    require(values.shape == (STEPS,), "a schedule gives one number a step", schedule,
            received=f"shape {values.shape[1:]}")  # fmt: skip
    require(np.isfinite(values).all(), "a schedule's numbers are not finite", schedule)
    require(values.min() >= 0, "a schedule's numbers are negative", schedule,
            received=f"{values.min():.4g}")  # fmt: skip
    peak = max(float(value) for one in bound.peaks() for value in values_of(one))
    require(values.max() <= peak * (1 + 1e-5), "a schedule exceeds the peak that it announces",
            schedule, expected=f"at most {peak:.4g}", received=f"{values.max():.4g}")  # fmt: skip
    require(np.array_equal(_over_a_training(other), values),
            "the schedule that comes back from JSON gives other numbers", schedule)  # fmt: skip


def _over_a_training(schedule: Schedule) -> np.ndarray:
    @jax.jit
    @jax.vmap
    def at(step: Any) -> Any:
        return schedule.at(Moment(step, jnp.float32(STEPS), jnp.float32(EPOCH)))

    return np.asarray(at(jnp.arange(STEPS, dtype=jnp.float32)))
