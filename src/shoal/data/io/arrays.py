"""Inputs that come as arrays or DataFrames: checks, channels, names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

import numpy as np
import numpy.typing as npt

from shoal.data.encode.texts import are_texts, as_texts
from shoal.data.io.in_memory import as_pandas_or_array
from shoal.data.io.picture import are_pictures, shown
from shoal.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def check_indices(given: Mapping[str, Any], where: str) -> None:
    """Refuse frames and series whose indices differ: paired by place, their rows would mix.

    Args:
        given: by name, pandas objects or anything else, which has no index.
        where: for messages.

    Raises:
        DataError: two of them have different indices, or the same in different order.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return
    indexed = {
        name: value.index
        for name, value in given.items()
        if isinstance(value, pandas.DataFrame | pandas.Series)
    }
    first, *others = indexed or {"": None}
    for other in others:
        one, two = indexed[first], indexed[other]
        if len(one) != len(two) or one.equals(two):  # another length is told elsewhere
            continue
        place = next(i for i in range(len(one)) if one[i] != two[i])
        same = one.sort_values().equals(two.sort_values()) if one.is_unique else False
        raise DataError(
            f"{first} and {other} have one index, for their rows belong together",
            received=f"the same labels in another order, first in row {place}"
            if same
            else f"{one[place]} and {two[place]} in row {place}",
            where=where,
            hint=f"Bring them in one order with {other}.loc[{first}.index]."
            if same
            else f"If they belong together by place, give {other}.to_numpy().",
        )


Array = npt.NDArray[Any]


def is_frame(x: object) -> TypeGuard[pd.DataFrame]:
    """Whether x is a DataFrame, without paying for the import of pandas when it is not."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(x, pandas.DataFrame)


def check_inputs(
    x: Any, *, where: str
) -> tuple[Literal["image", "table", "text"], Array | pd.DataFrame]:
    """Inputs in the form that a ``Dataset`` keeps, with their kind.

    Returns:
        ``table`` with float32/float64 of shape (n, features) or a canonical
        DataFrame; ``image`` with uint8/uint16/float32/float64 of shape
        (n, height, width, channels); or ``text`` with strings of shape (n,).

    Raises:
        DataError: for anything else, for no rows, and for values not finite, but that
            missing ones in a table make a DataFrame of it.
    """
    x = of_objects(as_pandas_or_array(x, where=where))
    if is_frame(x):
        from shoal.data.io.frames import canonical_frame

        return "table", canonical_frame(x, where=where)
    if are_texts(x):
        return "text", as_texts(x, where=where)
    array = numeric_array(x, where=where)
    if array.ndim not in (2, 3, 4):
        raise DataError(
            "inputs are a table or images",
            expected="shape (n, features), (n, height, width) or (n, height, width, channels)",
            received=f"shape {array.shape}",
            where=where,
            hint="One column is x.reshape(-1, 1)." if array.ndim == 1 else None,
        )
    if 0 in array.shape:
        raise DataError(
            "there must be at least one example", received=f"shape {array.shape}", where=where
        )
    if array.ndim == 2 and array.dtype.kind == "f" and np.isnan(array).any():
        from shoal.data.io.frames import canonical_frame

        return "table", canonical_frame(unnamed_frame(array), where=where)
    check_finite(array, where=where)
    if array.ndim == 2:
        return "table", array if array.dtype.kind == "f" else array.astype(np.float64)
    return "image", array[..., np.newaxis] if array.ndim == 3 else array


def unnamed_frame(array: Array) -> pd.DataFrame:
    """An array of two axes as a DataFrame whose columns are called x0, x1, …."""
    import pandas as pd

    return pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])


def of_objects(x: Any) -> Any:
    """Rows of Python's objects as a table, by column what they are; anything else as it is.

    Numbers alone, none of them missing, are an array.
    """
    array = x
    if isinstance(x, list | tuple) and len(x) and isinstance(x[0], list | tuple):
        kinds = {type(value) for row in x if isinstance(row, list | tuple) for value in row}
        plain = all(issubclass(kind, int | float | np.number | np.bool_) for kind in kinds)
        if plain or any(issubclass(kind, list | tuple | np.ndarray) for kind in kinds):
            return x
        if len({len(row) for row in x}) == 1:
            array = np.empty((len(x), len(x[0])), object)
            array[:] = x
    if not isinstance(array, np.ndarray) or array.dtype != object or array.ndim != 2:
        return x
    from shoal.data.io.frames import numbers_alone

    frame = numbers_alone(unnamed_frame(array).infer_objects())
    whole = all(kind.kind in "biuf" for kind in frame.dtypes) and not frame.isna().any(axis=None)
    return frame.to_numpy(np.float64) if whole else frame


def numeric_array(x: Any, *, where: str) -> Array:
    """X as an array of uint8, uint16, float32 or float64.

    Raises:
        DataError: if it is ragged or holds anything but numbers.
    """
    if are_pictures(x):
        x = shown(x)
        most = max(picture.shape[-1] for picture in x)
        x = [np.broadcast_to(picture, (*picture.shape[:2], most)) for picture in x]
    try:
        array = np.asarray(x)
        if array.dtype == object and array.ndim == 1 and _holds_arrays(array):
            array = np.asarray(array.tolist())
    except ValueError:
        raise _ragged(x, where) from None
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype in (np.uint8, np.uint16, np.float32, np.float64):
        return array
    if array.dtype.kind not in "biuf":
        raise DataError(
            "inputs are numbers",
            expected="an array of whole or real numbers",
            received=f"an array of {array.dtype}",
            where=where,
            hint="Give a table with text columns as a pandas DataFrame.",
        )
    return array.astype(np.float32 if array.dtype.itemsize <= 2 else np.float64)


def _holds_arrays(array: Array) -> bool:
    """Whether an array of Python objects is one of arrays, such as pictures."""
    return len(array) > 0 and all(isinstance(row, np.ndarray) for row in array)


def _ragged(x: Any, where: str) -> DataError:
    """Rows that form no array, with the first that is unlike the others."""
    shapes = [np.shape(row) if isinstance(row, np.ndarray) else None for row in x]
    odd = next((i for i, shape in enumerate(shapes) if shape != shapes[0]), None)
    if odd is None or shapes[0] is None or shapes[odd] is None:
        return DataError("inputs form one array", received="rows of different lengths", where=where)
    pictures = len(shapes[0]) > 1
    return DataError(
        "inputs form one array",
        expected=f"shape {shapes[0]}, as the first has",
        received=f"shape {shapes[odd]} at index {odd}",
        where=where,
        hint="Cut or scale pictures to one size first." if pictures else None,
    )


def check_finite(array: Array, *, where: str) -> None:
    """Refuse NaN and infinity, naming the first place.

    Raises:
        DataError: with the index of the first value that is not finite.
    """
    # The sum is finite unless a value is not, or it overflows: only then look closer.
    with np.errstate(all="ignore"):
        if array.dtype.kind != "f" or np.isfinite(array.sum()):
            return
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(i) for i in np.unravel_index(int(bad.argmax()), bad.shape))
        raise DataError(
            "inputs are finite numbers",
            received=f"{array[place]} at index {place} ({int(bad.sum())} such values)",
            where=where,
            hint="Missing values are filled in in the numbers of a table, not of images."
            if array.ndim > 2
            else None,
        )


def check_shape(array: Array, shape: tuple[int, ...], where: str) -> None:
    """Raise DataError unless each example has the shape of those in training."""
    if array.dtype == object and array.ndim == 0:
        given = array.item()
        raise DataError(
            "inputs are an array, a DataFrame or a Dataset",
            received="nothing" if given is None else type(given).__name__,
            where=where,
            hint="A dict of columns becomes a table as pandas.DataFrame(it)."
            if isinstance(given, dict)
            else None,
        )
    if array.dtype.kind == "U" and array.ndim == 0:
        raise DataError(
            "inputs are an array, a DataFrame or a Dataset",
            received=f"the text {array.item()!r}",
            where=where,
            hint=f"A file is read by shoal.data.load({array.item()!r}).",
        )
    if array.shape[1:] != shape or array.ndim != len(shape) + 1:
        one = array.shape in (shape, shape[:2]) and len(shape) == 3
        raise DataError(
            "inputs have the shape the model was trained on",
            expected=f"shape (n, {', '.join(map(str, shape))})",
            received=f"shape {array.shape}",
            where=where,
            hint="A single picture is x[np.newaxis]." if one else None,
        )
