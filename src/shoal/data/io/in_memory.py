"""Inputs of other libraries: sparse matrices, and DataFrames that are not those of pandas."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.data.io.files import needs
from shoal.utils.limits import check_size

if TYPE_CHECKING:
    import pandas as pd


def as_pandas_or_array(x: Any, *, where: str) -> Any:
    """Inputs as an array or a DataFrame of pandas, if they are a matrix or frame of another kind.

    A sparse matrix becomes an array with all of its zeros; a frame, such as of polars, one
    of pandas.

    Args:
        x: anything.
        where: what to call it in messages.

    Raises:
        DataError: a matrix that takes more memory than it may, or a frame where the
            package narwhals is not installed.
    """
    if isinstance(x, np.ndarray | list | tuple):
        return x
    scipy = sys.modules.get("scipy.sparse")
    if scipy is not None and scipy.issparse(x):
        check_size(int(np.prod(x.shape)) * x.dtype.itemsize, "the matrix with its zeros", where)
        return x.toarray()
    return as_pandas(x, where=where)


def as_pandas(x: Any, *, where: str) -> Any:
    """A frame of another library as one of pandas; anything else as it is.

    Raises:
        DataError: the package narwhals is not installed.
    """
    return _from_frame(x, where) if _is_other_frame(x) else x


def _is_other_frame(x: Any) -> bool:
    """Whether it is a frame of a library that is not pandas, which others can read."""
    if type(x).__module__.partition(".")[0] == "pandas" or not hasattr(x, "columns"):
        return False
    return any(hasattr(x, name) for name in ("__arrow_c_stream__", "__dataframe__"))


def _from_frame(x: Any, where: str) -> pd.DataFrame:
    kind = f"a DataFrame of {type(x).__module__.partition('.')[0]}"
    with needs("narwhals", kind, where, instead="give x.to_pandas()"):
        import narwhals
    import pandas as pd

    frame = narwhals.from_native(x)
    if isinstance(frame, narwhals.LazyFrame):
        frame = frame.collect()
    columns = {}
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, narwhals.Categorical | narwhals.Enum):
            column = column.cast(narwhals.String)
        if column.dtype.is_integer() or column.dtype.is_float():
            columns[name] = pd.Series(column.to_numpy())
        else:
            columns[name] = pd.Series(column.to_list(), dtype=object)
    return pd.DataFrame(columns)
