"""Tables with named columns: what each column holds, numbers, booleans or text."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shoal.errors import DataError

Holding = Literal["number", "boolean", "text"]
Array = npt.NDArray[Any]


def column_values(series: pd.Series[Any], *, where: str) -> tuple[Holding, Array]:
    """What a column holds, and its values.

    Returns:
        ``number`` or ``boolean`` with float64 (NaN is missing), or ``text`` with
        objects that are str or None (missing).

    Raises:
        DataError: for a mixture of types, for dates, and for infinities.
    """
    kinds = pd.api.types
    place = f"{where}, column {str(series.name)!r}"
    if kinds.is_bool_dtype(series.dtype):
        return "boolean", series.to_numpy(np.float64, na_value=np.nan)
    if kinds.is_numeric_dtype(series.dtype) and not kinds.is_complex_dtype(series.dtype):
        return "number", _finite(series.to_numpy(np.float64, na_value=np.nan), place)
    if isinstance(series.dtype, pd.CategoricalDtype) or kinds.is_string_dtype(series.dtype):
        series = series.astype(object)
    if series.dtype != object:
        raise DataError(
            "a column holds numbers, booleans or text",
            received=f"{series.dtype}",
            where=place,
            hint="Turn dates into numbers first." if "date" in str(series.dtype) else None,
        )
    return _object_values(series, place)


def _object_values(series: pd.Series[Any], place: str) -> tuple[Holding, Array]:
    missing = series.isna().to_numpy(bool)
    values = series.to_numpy(object, copy=True)
    present = values[~missing]
    if all(isinstance(v, str) for v in present):  # with none at all: text, all missing
        values[missing] = None
        return "text", values
    if all(isinstance(v, bool | np.bool_) for v in present):
        return "boolean", np.where(missing, np.nan, values).astype(np.float64)
    if all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in present):
        try:
            numbers = np.where(missing, np.nan, values).astype(np.float64)
        except OverflowError:
            raise DataError(
                "numbers fit into 64-bit floating point", received="a greater one", where=place
            ) from None
        return "number", _finite(numbers, place)
    types = ", ".join(sorted({type(v).__name__ for v in present}))
    raise DataError(
        "a column holds one type",
        expected="all numbers or all text",
        received=f"a mixture of {types}" if "," in types else types,
        where=place,
    )


def _finite(values: npt.NDArray[np.float64], place: str) -> npt.NDArray[np.float64]:
    bad = np.isinf(values)
    if bad.any():
        raise DataError(
            "numbers are finite",
            received=f"{values[bad][0]} in row {bad.argmax()}",
            where=place,
            hint="Leave a missing value blank.",
        )
    return values


def canonical_frame(frame: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """The same table with columns of float64, boolean or text, and names that are strings.

    Raises:
        DataError: for no rows or columns, names that occur twice, and columns
            that hold neither numbers, booleans nor text.
    """
    if 0 in frame.shape:
        raise DataError(
            "a table has rows and columns",
            received=f"{frame.shape[0]} rows and {frame.shape[1]} columns",
            where=where,
        )
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            "the names of the columns differ", received=f"{twice[0]!r} twice", where=where
        )
    columns = {}
    for position, name in enumerate(names):
        holding, values = column_values(frame.iloc[:, position].rename(name), where=where)
        columns[name] = as_series(holding, values)
    return pd.DataFrame(columns)


def as_series(holding: Holding, values: Array) -> pd.Series[Any]:
    """The pandas column for what ``column_values`` returns."""
    if holding == "number":
        return pd.Series(values, dtype=np.float64)
    if holding == "text":
        return pd.Series(values, dtype=object)
    missing = np.isnan(values)
    if missing.any():
        return pd.Series(np.where(missing, None, values == 1), dtype="boolean")
    return pd.Series(values == 1, dtype=bool)
