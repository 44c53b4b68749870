"""Tables of one or two columns, before preprocessing: how they are read and made anew."""

from __future__ import annotations

from typing import Any

import numpy as np

from shoal.data import Dataset
from shoal.errors import DataError
from shoal.model import Model


def as_dataset(model: Model, x: Any, y: Any) -> Dataset:
    """The data set itself, or one of inputs and, if they are known, targets."""
    if isinstance(x, Dataset):
        return x
    return Dataset.from_arrays(x, y, task=model.preprocessing.task)


def numbers(dataset: Dataset, columns: int, rule: str) -> np.ndarray:
    """The inputs as float64 of shape (n, columns).

    Raises:
        DataError: another number of columns, text, or missing values.
    """
    frame = dataset.x
    plain = np.asarray(frame)
    if plain.ndim != 2 or plain.shape[1] != columns or plain.dtype.kind not in "iufb":
        received = f"{plain.dtype} of shape {plain.shape}"
        raise DataError(rule, expected=f"numbers of shape (n, {columns})", received=received)
    found: np.ndarray = plain.astype(np.float64)
    if not np.isfinite(found).all():
        raise DataError(rule, expected="no missing values", received="missing values")
    return found


def table_of(dataset: Dataset, values: np.ndarray) -> Any:
    """Other values of shape (n, columns) in the form in which the data set has its inputs."""
    if dataset.column_names is None:
        return values
    import pandas as pd

    return pd.DataFrame(values, columns=pd.Index(dataset.column_names))


def names_of(dataset: Dataset) -> tuple[str, str]:
    """What two columns are called."""
    first, second = dataset.column_names or ("x₁", "x₂")
    return first, second
