"""What the ends and the name of a range must be, and the arithmetic between the ends."""

from __future__ import annotations

import math
from typing import Any

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
