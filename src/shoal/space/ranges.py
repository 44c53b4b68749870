"""Ranges and choices: what stands where a number or an option would stand.

Each range maps the unit interval onto its values, so that a sampler needs to know nothing but
points of the unit cube. A range is compared by identity: one object in two positions is one
hyperparameter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

from shoal.errors import SpaceError


def check_bounds(kind: str, low: float, high: float, log: bool) -> None:
    """Raise SpaceError unless a range goes from a finite number to a larger one."""
    for bound in (low, high):
        if not is_number(bound):
            raise SpaceError(
                "the bounds of a range are numbers",
                expected=f"{kind}(low, high)",
                received=f"{type(bound).__name__} {bound!r}",
            )
        if not is_finite(bound):
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
    if not is_finite(high / low if log else high - low):
        raise SpaceError(
            "the bounds of a range are a finite way apart", received=f"{kind}({low}, {high})"
        )


def check_name(name: Any) -> None:
    """Raise SpaceError unless the name is a text, or None."""
    if name is not None and not (isinstance(name, str) and name):
        raise SpaceError("a hyperparameter's name is a text", received=repr(name))


def between(low: float, high: float, u: float, log: bool) -> float:
    """The value a share u of the way from low to high; low at 0 and high at 1 to the last bit."""
    return low ** (1.0 - u) * high**u if log else (1.0 - u) * low + u * high


def share(low: float, high: float, value: float, log: bool) -> float:
    """The u at which `between` gives the value."""
    if log:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def is_number(value: Any) -> bool:
    """Whether the value is a number, and neither True nor False."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: float) -> bool:
    """Whether the number is finite as a float."""
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


@dataclass(frozen=True, eq=False, init=False)
class Choice:
    """One of several options: numbers, words, layers, blocks of layers, optimizers.

    An option may itself contain ranges; they count only where it is chosen.

    Args:
        options: at least two.
        name: of the hyperparameter; by default from where the choice stands.
        default: the option of the first trial, or its label; by default the field's
            own where it is among the options, else the first.

    Raises:
        SpaceError: fewer than two options, or a default that is none of them.
    """

    options: tuple[Any, ...]
    name: str | None = None
    default: Any = None

    def __init__(self, *options: Any, name: str | None = None, default: Any = None) -> None:
        if len(options) < 2:
            raise SpaceError(
                "a Choice is among at least two options",
                received=f"{len(options)} option(s)",
                hint="Write Choice(a, b), not Choice([a, b]).",
            )
        check_name(name)
        object.__setattr__(self, "options", tuple(options))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "default", default)
        if default is not None and self.index_of(default) is None:
            raise SpaceError(
                "a choice's default is one of its options, or the label of one",
                expected=" | ".join(map(str, self.labels())),
                received=repr(default),
            )

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

    def __deepcopy__(self, memo: Any) -> Self:
        """Itself: it does not change, and what was one hyperparameter stays one."""
        return self

    def from_unit(self, u: float) -> int:
        """The index of the option at u in [0, 1]."""
        return min(int(u * len(self.options)), len(self.options) - 1)

    def to_unit(self, index: float) -> float:
        """The middle of the interval of u that belongs to the option."""
        return (index + 0.5) / len(self.options)

    def contains(self, index: Any) -> bool:
        """Whether the index is that of an option."""
        return is_number(index) and 0 <= index < len(self.options) and int(index) == index

    def index_of(self, option: Any) -> int | None:
        """The index of an option, given itself or by its label; None if it is none."""
        for among in (self.options, self.labels()):
            for index, known in enumerate(among):
                if known is option or _same(known, option):
                    return index
        return None

    def labels(self) -> tuple[str | int | float | bool | None, ...]:
        """What each option is called: itself if plain, else its kind, numbered if repeated."""
        labels = [_label(option) for option in self.options]
        return tuple(
            f"{label}_{labels[: i + 1].count(label)}" if labels.count(label) > 1 else label
            for i, label in enumerate(labels)
        )

    def is_numeric(self) -> bool:
        """Whether every option is a number."""
        return all(is_number(option) for option in self.options)


def _same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal; a number is not a truth value."""
    if is_number(one) and is_number(other):
        return bool(one == other)
    plain = isinstance(one, str | bool | list | tuple)
    return plain and type(one) is type(other) and bool(one == other)


def _label(option: Any) -> str | int | float | bool | None:
    if option is None or isinstance(option, str | int | float | bool):
        return option
    if isinstance(option, list | tuple):
        return "×".join(str(_label(item)) for item in option)
    kind = getattr(option, "kind", None)
    return kind if isinstance(kind, str) else type(option).__name__.lower()


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
