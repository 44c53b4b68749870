"""Ranges: what stands where a number or an option would stand.

Each range maps the unit interval onto its values, so that a sampler needs to
know nothing but points of the unit cube. A range is compared by identity: one
object used at two places is one hyperparameter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from shoal.errors import SpaceError


def _check_bounds(kind: str, low: float, high: float, log: bool) -> None:
    for bound in (low, high):
        if not _is_number(bound):
            raise SpaceError(
                "the bounds of a range are numbers",
                expected=f"{kind}(low, high)",
                received=f"{type(bound).__name__} {bound!r}",
            )
        if not _is_finite(bound):
            raise SpaceError("the bounds of a range are finite", received=f"{kind}({low}, {high})")
    if not isinstance(log, bool):
        raise SpaceError("log is True or False", where=kind, received=repr(log))
    if not low < high:
        raise SpaceError(
            "a range goes from a lower to a higher bound",
            expected="low < high",
            received=f"{kind}({low}, {high})",
            hint="For a single value, write the number itself.",
        )
    if log and low <= 0:
        raise SpaceError(
            "a logarithmic range starts above zero",
            expected="low > 0",
            received=f"{kind}({low}, {high}, log=True)",
        )
    if not _is_finite(high / low if log else high - low):
        raise SpaceError(
            "the bounds of a range are a finite way apart", received=f"{kind}({low}, {high})"
        )


def _check_name(name: Any) -> None:
    if name is not None and not (isinstance(name, str) and name):
        raise SpaceError("a hyperparameter's name is a text", received=repr(name))


def _between(low: float, high: float, u: float, log: bool) -> float:
    """The value a share u of the way from low to high; low at 0 and high at 1 to the last bit."""
    return low ** (1.0 - u) * high**u if log else (1.0 - u) * low + u * high


def _share(low: float, high: float, value: float, log: bool) -> float:
    """The u at which `_between` gives the value."""
    if log:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


@dataclass(frozen=True, eq=False)
class Float:
    """Real numbers in [low, high], uniform, or uniform in the logarithm.

    With u in [0, 1], the value is ``(1 - u) low + u high``, or with ``log=True``
    ``low^(1 - u) high^u``.

    Raises:
        SpaceError: bounds that are not finite, not in order, or not positive
            where ``log=True``.
    """

    low: float
    high: float
    log: bool = False
    name: str | None = None

    def __post_init__(self) -> None:
        _check_bounds("Float", self.low, self.high, self.log)
        _check_name(self.name)

    def from_unit(self, u: float) -> float:
        """The value at u in [0, 1]."""
        value = _between(self.low, self.high, u, self.log)
        return float(min(max(value, self.low), self.high))

    def to_unit(self, value: float) -> float:
        """The u in [0, 1] at which the value stands."""
        return _share(self.low, self.high, value, self.log)

    def contains(self, value: Any) -> bool:
        """Whether the value is one of this range."""
        return _is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True, eq=False)
class Int:
    """Whole numbers low, …, high, both included, uniform or uniform in the logarithm.

    Each number n owns the interval [n - 1/2, n + 1/2) of the real line (of its
    logarithm where ``log=True``), so the ends are as likely as their neighbors.

    Raises:
        SpaceError: bounds that are not whole, not in order, or not positive
            where ``log=True``.
    """

    low: int
    high: int
    log: bool = False
    name: str | None = None

    def __post_init__(self) -> None:
        _check_bounds("Int", self.low, self.high, self.log)
        _check_name(self.name)
        if int(self.low) != self.low or int(self.high) != self.high:
            raise SpaceError(
                "the bounds of an Int are whole numbers", received=f"Int({self.low}, {self.high})"
            )

    def from_unit(self, u: float) -> int:
        """The value at u in [0, 1]."""
        real = _between(self.low - 0.5, self.high + 0.5, u, self.log)
        return int(min(max(math.floor(real + 0.5), self.low), self.high))

    def to_unit(self, value: float) -> float:
        """A u in [0, 1] at which the value stands."""
        return _share(self.low - 0.5, self.high + 0.5, value, self.log)

    def contains(self, value: Any) -> bool:
        """Whether the value is one of this range."""
        return _is_number(value) and self.low <= value <= self.high and int(value) == value


@dataclass(frozen=True, eq=False, init=False)
class Choice:
    """One of several options: numbers, words, layers, blocks of layers, optimizers.

    An option may itself contain ranges; they count only where it is chosen.

    Raises:
        SpaceError: fewer than two options.
    """

    options: tuple[Any, ...]
    name: str | None = None

    def __init__(self, *options: Any, name: str | None = None) -> None:
        if len(options) < 2:
            raise SpaceError(
                "a Choice is among at least two options",
                received=f"{len(options)} option(s)",
                hint="Write Choice(a, b), not Choice([a, b]).",
            )
        _check_name(name)
        object.__setattr__(self, "options", tuple(options))
        object.__setattr__(self, "name", name)

    def __call__(self, symbol: Any) -> Any:
        """A node of a network's graph that applies the chosen layer, as a layer's call does.

        Raises:
            SpaceError: called on something that is no node.
        """
        if not hasattr(symbol, "then"):
            raise SpaceError(
                "a Choice is called on Input(...) or on the result of a layer",
                received=f"{type(symbol).__name__} {symbol!r}",
            )
        return symbol.then(self)

    def from_unit(self, u: float) -> int:
        """The index of the option at u in [0, 1]."""
        return min(int(u * len(self.options)), len(self.options) - 1)

    def to_unit(self, index: float) -> float:
        """The middle of the interval of u that belongs to the option."""
        return (index + 0.5) / len(self.options)

    def contains(self, index: Any) -> bool:
        """Whether the index is that of an option."""
        return _is_number(index) and 0 <= index < len(self.options) and int(index) == index

    def labels(self) -> tuple[str | int | float | bool | None, ...]:
        """What each option is called: itself if plain, else its kind, numbered if repeated."""
        labels = [_label(option) for option in self.options]
        return tuple(
            f"{label}_{labels[: i + 1].count(label)}" if labels.count(label) > 1 else label
            for i, label in enumerate(labels)
        )

    def is_numeric(self) -> bool:
        """Whether every option is a number."""
        return all(_is_number(option) for option in self.options)


Range = Float | Int | Choice


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def _label(option: Any) -> str | int | float | bool | None:
    if option is None or isinstance(option, str | int | float | bool):
        return option
    if isinstance(option, list | tuple):
        return "×".join(str(_label(item)) for item in option)
    kind = getattr(option, "kind", None)
    return kind if isinstance(kind, str) else type(option).__name__.lower()
