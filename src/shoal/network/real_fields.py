"""Checks of a layer's real-valued fields: of numbers, and of all that a range may bring."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.space import Choice, Float, Int


def check_real(value: Any, what: str, *, low: float, high: float) -> None:
    """Raise NetworkError unless every value lies in [low, high].

    A traced value, inside a program, stands for one that was checked outside.
    """
    for found in _values(value):
        if isinstance(found, Array):
            continue
        if isinstance(found, bool) or not isinstance(found, int | float | np.number):
            raise NetworkError(f"{what} is a number", received=repr(found))
        if not low <= found <= high:
            raise NetworkError(
                f"{what} lies in its bounds",
                expected=f"{low:g} ≤ {what} ≤ {high:g}",
                received=repr(found),
            )


def _values(value: Any) -> tuple[Any, ...]:
    """What may stand in the value's place: its bounds or options if it is a range."""
    if isinstance(value, Float | Int):
        return value.low, value.high
    if isinstance(value, Choice):
        return tuple(found for option in value.options for found in _values(option))
    return (value,)
