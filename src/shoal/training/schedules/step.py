"""A number that falls in steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, static, traced
from shoal.training.schedules.schedule import Moment, Real, Schedule, check_unit, real
from shoal.training.validity import check_number, check_share, values_of

ROUNDING = 1e-4
"""Of a period: a quotient this close below a whole number is that number."""


@dataclass(frozen=True, eq=False)
class Step(Schedule):
    r"""Falls by a factor every so often: :math:`\eta_t = p\,\gamma^{\lfloor t / T \rfloor}`.

    Args:
        peak: p, where it begins.
        every: T, the length of a period.
        factor: γ, 0 ≤ γ ≤ 1.
        unit: what T is counted in, ``epochs`` or ``steps``.

    Raises:
        RecipeError: a negative number, a factor above 1, an unknown unit.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 8.3.1;
    He et al., "Deep residual learning", CVPR 2016, section 3.4.
    """

    kind: ClassVar[str] = "step"

    peak: Real = traced()
    every: Real = traced(10.0)
    factor: Real = traced(0.1)
    unit: str | Choice = static("epochs")

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        check_number(self.every, "every", low=0.0)
        check_share(self.factor, "factor")
        check_unit(self.unit)

    def at(self, moment: Moment) -> Array:
        periods = moment.step / moment.in_steps(self.every, str(self.unit))
        return real(self.peak) * real(self.factor) ** jnp.floor(periods + ROUNDING)

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)
