"""Weights of examples: how much each counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError


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
