"""Columns that give the target away."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

MOST_VALUES = 50
LEAST_ROWS = 20
LEAST_ROWS_PER_VALUE = 10
CORRELATION = 1 - 1e-9


def leak_notes(
    frame: pd.DataFrame, y: npt.NDArray[Any], task: str, target: str | None
) -> tuple[str, ...]:
    """A remark for each column that gives the target away."""
    what = "the target" if target is None else f"the target {target!r}"
    return tuple(
        f"column {name!r} determines {what}: if it would not be known when predicting, remove it"
        for name in revealing_columns(frame, y, task)
    )


def revealing_columns(frame: pd.DataFrame, y: npt.NDArray[Any], task: str) -> list[str]:
    """Columns from which alone the target follows without error.

    For classes: a column of few values (at most 50, and ten rows a value on
    average; an id that never repeats proves nothing), each of which goes with
    one class only. For a regression: a column in a perfect linear relation.
    """
    if len(y) < LEAST_ROWS or y.ndim != 1 or len(np.unique(y)) < 2:
        return []
    names = [str(name) for name in frame.columns]
    judge = _gives_class if task == "classification" else _gives_number
    return [name for name in names if judge(frame[name], y)]


def _gives_class(column: pd.Series[Any], y: npt.NDArray[Any]) -> bool:
    codes, values = pd.factorize(column, use_na_sentinel=False)
    count = len(values)
    if not 2 <= count <= min(MOST_VALUES, len(y) // LEAST_ROWS_PER_VALUE):
        return False
    return len(np.unique(codes * (int(y.max()) + 1) + y)) == count


def _gives_number(column: pd.Series[Any], y: npt.NDArray[Any]) -> bool:
    if column.dtype != np.float64:
        return False
    values = column.to_numpy()
    there = ~np.isnan(values)
    x, z = values[there], y[there]
    if len(x) < LEAST_ROWS or np.ptp(x) == 0 or np.ptp(z) == 0:
        return False
    with np.errstate(all="ignore"):
        return bool(abs(np.corrcoef(x, z)[0, 1]) > CORRELATION)
