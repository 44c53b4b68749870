"""Mean and standard deviation that survive any finite numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def mean_and_scale(x: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and population standard deviation over the first axis.

    A constant column has scale 1, so that standardizing it gives zeros and not
    rounding errors blown up.

    Args:
        x: finite numbers of shape (n, ...), n at least 1.

    Returns:
        Two float64 arrays of shape (...).
    """
    x = np.asarray(x, np.float64)
    # Scaled to at most 1 first: the square of a large finite number is infinite.
    largest = np.abs(x).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)
    mean = (x / unit).mean(axis=0) * unit
    scale = (x / unit).std(axis=0) * unit
    constant = (x == x[:1]).all(axis=0) | (scale == 0)
    return np.where(constant, x[0], mean), np.where(constant, 1.0, scale)


ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Numbers whose relative difference is no greater than this differ by rounding."""


def varies(low: npt.NDArray[Any] | float, high: npt.NDArray[Any] | float) -> Any:
    """Whether what lies between these bounds differs by more than rounding does."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    largest = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore"):
        return high - low > ROUNDING * largest


def far_outside(values: Any, low: Any, high: Any) -> Any:
    """Where values lie further outside of these bounds than the bounds are apart."""
    with np.errstate(over="ignore", invalid="ignore"):
        width = np.asarray(high) - np.asarray(low)
        return (values > high + width) | (values < low - width)
