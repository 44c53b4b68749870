"""Values read back from JSON, each checked to be what was written."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

T = TypeVar("T")


def finite(value: object) -> float:
    """A finite number.

    Raises:
        TypeError, ValueError, OverflowError: if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a number, not {value!r}")
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(f"a finite number, not {number}")
    return number


def positive(value: object) -> float:
    """A finite number above 0.

    Raises:
        TypeError, ValueError, OverflowError: if it is none.
    """
    number = finite(value)
    if number <= 0:
        raise ValueError(f"a number above 0, not {number}")
    return number


def typed(value: object, wanted: type[T]) -> T:
    """The value, if it is of the type wanted.

    Raises:
        TypeError: if it is not.
    """
    if not isinstance(value, wanted):
        raise TypeError(f"{wanted.__name__}, not {value!r}")
    return value
