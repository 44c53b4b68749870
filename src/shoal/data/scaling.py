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
