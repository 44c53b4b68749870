"""A number that falls by the same share all the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from jax import Array

from shoal.space import Choice, static, traced
from shoal.training.schedules.schedule import Moment, Real, Schedule, check_unit, real
from shoal.training.validity import check_number, check_share, values_of


@dataclass(frozen=True, eq=False)
class Exponential(Schedule):
    r"""Falls without a break: :math:`\eta_t = p\,\gamma^{t}`.

    t counts epochs with their fractions (or steps), so that within an epoch too
    each step is a little smaller than the one before.

    Args:
        peak: p, where it begins.
        factor: γ, what is left of it after one unit, 0 ≤ γ ≤ 1.
        unit: what t is counted in, ``epochs`` or ``steps``.

    Raises:
        RecipeError: a negative number, a factor above 1, an unknown unit.

    Source: Bottou, "Stochastic gradient descent tricks", in *Neural Networks:
    Tricks of the Trade* (2012), for decaying rates.
    """

    kind: ClassVar[str] = "exponential"

    peak: Real = traced()
    factor: Real = traced(0.95)
    unit: str | Choice = static("epochs")

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        check_share(self.factor, "factor")
        check_unit(self.unit)

    def at(self, moment: Moment) -> Array:
        return real(self.peak) * real(self.factor) ** (
            moment.step / moment.in_steps(1.0, str(self.unit))
        )

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)
