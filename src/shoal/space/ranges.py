"""Ranges: what stands where a number or an option would stand.

Each range maps the unit interval onto its values, so that a sampler needs to
know nothing but points of the unit cube. A range is compared by identity: one
object used at two places is one hyperparameter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

from shoal.errors import SpaceError
from shoal.space.bounds import between, check_bounds, check_name, is_number, share
from shoal.space.choice import Choice


@dataclass(frozen=True, eq=False)
class Float:
    """Real numbers in [low, high], uniform, or uniform in the logarithm.

    With u in [0, 1], the value is ``(1 - u) low + u high``, or with ``log=True``
    ``low^(1 - u) high^u``.

    Args:
        low: the lowest value.
        high: the highest value.
        log: whether the logarithm is what is uniform.
        name: of the hyperparameter; by default from where the range stands.
        default: the value of the first trial; by default the field's own
            where it lies in the range, else the middle (in the logarithm where
            ``log=True``).

    Raises:
        SpaceError: bounds that are not finite, not in order, or not positive
            where ``log=True``; a default outside of them.
    """

    low: float
    high: float
    log: bool = False
    name: str | None = None
    default: float | None = None

    def __post_init__(self) -> None:
        check_bounds("Float", self.low, self.high, self.log)
        check_name(self.name)
        _check_default(self)

    def __deepcopy__(self, memo: Any) -> Self:
        """Itself: it does not change, and what was one hyperparameter stays one."""
        return self

    def from_unit(self, u: float) -> float:
        """The value at u in [0, 1]."""
        value = between(self.low, self.high, u, self.log)
        return float(min(max(value, self.low), self.high))

    def to_unit(self, value: float) -> float:
        """The u in [0, 1] at which the value stands."""
        return share(self.low, self.high, value, self.log)

    def contains(self, value: Any) -> bool:
        """Whether the value is one of this range."""
        return is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True, eq=False)
class Int:
    """Whole numbers low, …, high, both included, uniform or uniform in the logarithm.

    Each number n owns the interval [n - 1/2, n + 1/2) of the real line (of its
    logarithm where ``log=True``), so the ends are as likely as their neighbors.

    Args:
        low: the lowest value.
        high: the highest value.
        log: whether the logarithm is what is uniform.
        name: of the hyperparameter; by default from where the range stands.
        default: the value of the first trial; by default the field's own
            where it lies in the range, else the middle.

    Raises:
        SpaceError: bounds that are not whole, not in order, or not positive
            where ``log=True``; a default that is none of the numbers.
    """

    low: int
    high: int
    log: bool = False
    name: str | None = None
    default: int | None = None

    def __post_init__(self) -> None:
        check_bounds("Int", self.low, self.high, self.log)
        check_name(self.name)
        if int(self.low) != self.low or int(self.high) != self.high:
            raise SpaceError(
                "the bounds of an Int are whole numbers", received=f"Int({self.low}, {self.high})"
            )
        _check_default(self)

    def __deepcopy__(self, memo: Any) -> Self:
        """Itself: it does not change, and what was one hyperparameter stays one."""
        return self

    def from_unit(self, u: float) -> int:
        """The value at u in [0, 1]."""
        real = between(self.low - 0.5, self.high + 0.5, u, self.log)
        return int(min(max(math.floor(real + 0.5), self.low), self.high))

    def to_unit(self, value: float) -> float:
        """A u in [0, 1] at which the value stands."""
        return share(self.low - 0.5, self.high + 0.5, value, self.log)

    def contains(self, value: Any) -> bool:
        """Whether the value is one of this range."""
        return is_number(value) and self.low <= value <= self.high and int(value) == value


Range = Float | Int | Choice


def _check_default(values: Float | Int) -> None:
    if values.default is not None and not values.contains(values.default):
        kind = type(values).__name__
        raise SpaceError(
            "a range's default is one of its values",
            expected=f"in {kind}({values.low}, {values.high})",
            received=repr(values.default),
        )
