"""Rates of dropout: checked where they are written."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.space import Choice, Float, Int


def may_drop(rate: Any) -> bool:
    """Whether a rate is, or may become, another than zero."""
    return not (isinstance(rate, int | float) and rate == 0)


def check_rate(rate: Any) -> None:
    """Check a rate, or every value of the range that stands there; a traced one passes."""
    bounds: tuple[Any, ...] = (rate,)
    if isinstance(rate, Float | Int):
        bounds = (rate.low, rate.high)
    elif isinstance(rate, Choice):
        bounds = rate.options
    for value in bounds:
        if isinstance(value, Array):
            continue
        plain = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not plain or not 0 <= value < 1:
            raise NetworkError(
                "a dropout rate is a probability below one",
                expected="0 ≤ rate < 1",
                received=repr(value),
            )
