"""Weights of examples: how much each counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

MOST_TIMES = 1e30
"""How many times the mean a weight may be: training holds them as 32-bit numbers."""


def check_weights(weight: Any, rows: int, where: str) -> npt.NDArray[np.float64]:
    """The weights as float64 of shape (rows,).

    Raises:
        DataError: another number of them, or some that are negative or no numbers, or all 0.
    """
    try:
        values = np.asarray(weight, np.float64)
    except (TypeError, ValueError):
        raise DataError("weights are numbers", received=repr(weight)[:60], where=where) from None
    if values.shape != (rows,):
        raise DataError(
            "every example has one weight",
            expected=f"{rows} weights",
            received=f"shape {values.shape}",
            where=where,
        )
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any() or not values.any():
        raise DataError(
            "weights are finite numbers from 0, and not all 0",
            received=f"{values[bad][0]} in row {bad.argmax()}" if bad.any() else "only zeros",
            where=where,
        )
    return values


def mean_weight(weight: npt.NDArray[np.float64], rows: npt.NDArray[np.int64], where: str) -> float:
    """The mean weight of some rows, by which all are divided.

    Raises:
        DataError: no row has one, or weights differ by more than training can hold.
    """
    largest = float(weight.max())
    with np.errstate(over="ignore"):
        mean = float(weight[rows].mean())
    if not np.isfinite(mean):  # the sum was too large
        mean = float((weight[rows] / largest).mean()) * largest
    if mean == 0:
        raise DataError("some training row has a weight", received="only 0", where=where)
    if largest / mean > MOST_TIMES:
        raise DataError(
            f"a weight is at most {MOST_TIMES:g} times the mean",
            received=f"{largest:g}, where the mean is {mean:g}",
            where=where,
        )
    return mean
