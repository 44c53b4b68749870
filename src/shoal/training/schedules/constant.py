"""A number that stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from jax import Array

from shoal.space import traced
from shoal.training.schedules.schedule import Moment, Real, Schedule, real
from shoal.training.validity import check_number, values_of


@dataclass(frozen=True, eq=False)
class Constant(Schedule):
    r"""The same number always: :math:`\eta_t = p`, as the number itself would be.

    There to be one of several: ``Choice(Constant(0.1), Cosine(0.1))``.

    Args:
        peak: p.

    Raises:
        RecipeError: a negative peak.

    Source: Robbins and Monro, "A stochastic approximation method", Annals of
    Mathematical Statistics 22 (1951), who show why it had better fall.
    """

    kind: ClassVar[str] = "constant"

    peak: Real = traced()

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)

    def at(self, moment: Moment) -> Array:
        return real(self.peak)

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)
