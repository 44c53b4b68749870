"""Tables with named columns, of pandas or other libraries."""

from __future__ import annotations

import datetime
import decimal
import fractions
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shoal.data.columns.cell_array import CellDtype
from shoal.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


Holding = Literal["number", "boolean", "date", "text"]
Array = npt.NDArray[Any]

_NUMBERS = (int, float, np.number, decimal.Decimal, fractions.Fraction)


def column_values(series: pd.Series[Any], *, where: str) -> tuple[Holding, Array]:
    """What a column holds, and its values.

    Returns:
        ``number`` or ``boolean`` with float64 (NaN is missing), ``date`` with
        datetime64[s] (NaT is missing), or ``text`` with objects that are str or None
        (missing). What is declared a category is text, its numbers as they are written.

    Raises:
        DataError: for a mixture of types, and for infinities.
    """
    kinds = pd.api.types
    place = f"{where}, column {str(series.name)!r}"
    if kinds.is_bool_dtype(series.dtype):
        return "boolean", series.to_numpy(np.float64, na_value=np.nan)
    if kinds.is_numeric_dtype(series.dtype) and not kinds.is_complex_dtype(series.dtype):
        return "number", _finite(series.to_numpy(np.float64, na_value=np.nan), place)
    if kinds.is_datetime64_any_dtype(series.dtype):
        return "date", _wall_clock(series)
    if isinstance(series.dtype, pd.CategoricalDtype):
        missing = series.isna().to_numpy(bool)
        texts = [None if gone else str(v) for v, gone in zip(series, missing, strict=True)]
        return "text", np.array([*texts, None], object)[:-1]
    if kinds.is_string_dtype(series.dtype) or isinstance(series.dtype, CellDtype):
        series = series.astype(object)
    if series.dtype != object:
        raise DataError(
            "a column holds numbers, booleans, dates or text",
            received=f"{series.dtype}",
            where=place,
            hint="Turn it into numbers first." if _is_time(series.dtype) else None,
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
    if all(isinstance(v, _NUMBERS) and not isinstance(v, bool) for v in present):
        try:
            numbers = np.where(missing, np.nan, values).astype(np.float64)
        except OverflowError:
            raise DataError(
                "numbers fit into 64-bit floating point", received="a greater one", where=place
            ) from None
        return "number", _finite(numbers, place)
    if all(isinstance(v, datetime.date | np.datetime64) for v in present):
        return "date", np.array(
            [None if gone else _moment(v) for v, gone in zip(values, missing, strict=True)],
            "datetime64[s]",
        )
    if all(isinstance(v, datetime.time) for v in present):
        clock = [None if gone else _of_day(v) for v, gone in zip(values, missing, strict=True)]
        return "date", np.array(clock, "datetime64[s]")
    if all(isinstance(v, (str, bool, np.bool_, *_NUMBERS)) for v in present):
        texts = [None if gone else _spelled(v) for v, gone in zip(values, missing, strict=True)]
        return "text", np.array([*texts, None], object)[:-1]
    types = ", ".join(sorted({type(v).__name__ for v in present}))
    raise DataError(
        "a column holds one type, or numbers and text",
        expected="all numbers, all dates or all text",
        received=f"a mixture of {types}" if "," in types else types,
        where=place,
    )


def _wall_clock(series: pd.Series[Any]) -> Array:
    """Dates as the clock on the wall of their time zone has them."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_localize(None)
    return series.to_numpy("datetime64[s]")


def _moment(value: Any) -> np.datetime64:
    if isinstance(value, datetime.datetime):
        value = value.replace(tzinfo=None)
    return np.datetime64(value, "s")


def _of_day(value: datetime.time) -> np.datetime64:
    """A time of day as one of the first of January 1970, as in files."""
    return np.datetime64(f"1970-01-01T{value.replace(microsecond=0, tzinfo=None)}", "s")


def _spelled(value: Any) -> str:
    """A cell among others of another type as a file has it: whole numbers without a point."""
    if isinstance(value, str | bool | np.bool_):
        return str(value)
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return str(value)
    return str(int(number)) if abs(number) < 1e16 and number == int(number) else repr(number)


def _is_time(dtype: Any) -> bool:
    return "timedelta" in str(dtype) or "period" in str(dtype)


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


def numbers_alone(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with columns of decimals or fractions as float64."""
    odd = decimal.Decimal, fractions.Fraction
    for name in frame.columns:
        series = frame[name]
        if series.dtype != object or not any(isinstance(value, odd) for value in series):
            continue
        if all(isinstance(v, _NUMBERS) and not isinstance(v, bool) for v in series.dropna()):
            frame[name] = series.astype(np.float64)
    return frame


def canonical_frame(frame: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """The same table with columns of float64, boolean, dates or text, and names that are strings.

    Raises:
        DataError: for no rows or columns, names that occur twice, and columns
            that hold neither numbers, booleans, dates nor text.
    """
    names = canonical_names(frame, where=where)
    columns = {}
    for position, name in enumerate(names):
        holding, values = column_values(frame.iloc[:, position].rename(name), where=where)
        columns[name] = as_series(holding, values)
    return pd.DataFrame(columns)


def canonical_names(frame: pd.DataFrame, *, where: str) -> list[str]:
    """The names of a table's columns as strings.

    Raises:
        DataError: for no rows or columns, and names that occur twice.
    """
    if 0 in frame.shape:
        raise DataError(
            "a table has rows and columns",
            received=f"{frame.shape[0]} rows and {frame.shape[1]} columns",
            where=where,
        )
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = min(name for name in names if names.count(name) > 1)
        raise DataError("the names of the columns differ", received=f"{twice!r} twice", where=where)
    return names


def as_series(holding: Holding, values: Array) -> pd.Series[Any]:
    """The pandas column for what ``column_values`` returns."""
    if holding == "number":
        return pd.Series(values, dtype=np.float64)
    if holding == "date":
        return pd.Series(values)
    if holding == "text":
        return pd.Series(values, dtype=object)
    missing = np.isnan(values)
    if missing.any():
        return pd.Series(np.where(missing, None, values == 1), dtype="boolean")
    return pd.Series(values == 1, dtype=bool)
