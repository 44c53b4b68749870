"""A number that rises before it does what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.space import Choice, static, traced
from shoal.training.schedules.schedule import Moment, Real, Schedule, check_unit, real
from shoal.training.validity import check_number, check_share, values_of


@dataclass(frozen=True, eq=False)
class WarmUp(Schedule):
    r"""Rises in a straight line, then does as another schedule, or stays.

    .. math:: \eta_t = f_0\,\bigl(s + (1-s)\,t/T\bigr) \text{ for } t < T,
        \quad \eta_t = f_{t-T} \text{ after it}

    f sees a training that is T shorter, so a `Cosine` still ends with the last epoch.

    Args:
        then: f, a number or another schedule.
        length: T.
        start: s, the share of f at which it begins, 0 ≤ s ≤ 1.
        unit: what T is counted in, ``epochs`` or ``steps``.

    Raises:
        RecipeError: a negative number, a share above 1, an unknown unit.

    Source: Goyal et al., "Accurate, large minibatch SGD", arXiv:1706.02677
    (2017), section 2.2.
    """

    kind: ClassVar[str] = "warm_up"

    then: Real | Schedule = traced()
    length: Real = traced(1.0)
    start: Real = traced(0.1)
    unit: str | Choice = static("epochs")

    def __post_init__(self) -> None:
        for then in values_of(self.then):
            if not isinstance(then, Schedule):
                check_number(then, "then", low=0.0)
        check_number(self.length, "length", low=0.0)
        check_share(self.start, "start")
        check_unit(self.unit)

    def at(self, moment: Moment) -> Array:
        length = moment.in_steps(self.length, str(self.unit))
        after = jnp.maximum(moment.step - length, 0.0)
        left = jnp.maximum(moment.steps - length, 1.0)
        value = self._then(Moment(after, left, moment.epoch))
        start = real(self.start)
        return value * jnp.minimum(start + (1.0 - start) * moment.step / length, 1.0)

    def _then(self, moment: Moment) -> Array:
        if isinstance(self.then, Choice):
            raise RecipeError("a schedule is chosen before training", where="then")
        return self.then.at(moment) if isinstance(self.then, Schedule) else real(self.then)

    def peaks(self) -> tuple[Any, ...]:
        return tuple(
            peak
            for then in values_of(self.then)
            for peak in (then.peaks() if isinstance(then, Schedule) else (then,))
        )
