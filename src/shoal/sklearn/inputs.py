"""Inputs of an estimator: arrays, images and tables, as scikit-learn checks them."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from shoal.data import Preprocessing
from shoal.data.arrays import is_frame
from shoal.data.in_memory import as_known
from shoal.errors import ShoalWarning
from shoal.wording import plural

if TYPE_CHECKING:
    import pandas as pd

FEWEST_ROWS = 2
"""One row trains and another one validates."""


def training_inputs(estimator: Any, X: Any) -> tuple[Any, tuple[str, ...] | None]:
    """Inputs to train on, and the names of their columns where they are a table with names.

    An array with missing values becomes a table, in which they can be filled in.

    Args:
        estimator: learns how many features there are, and their names.
        X: as `fit` takes it.

    Raises:
        ValueError: inputs that scikit-learn refuses, or a single row.
    """
    checked = _checked(estimator, X, reset=True, table=True, least=FEWEST_ROWS)
    if not is_frame(checked):
        if checked.ndim != 2 or checked.dtype.kind != "f" or not np.isnan(checked).any():
            return checked, None
        checked = _table(checked, [f"x{i}" for i in range(checked.shape[1])])
    names = tuple(str(column) for column in checked.columns)
    return checked.set_axis(list(names), axis="columns"), names


def inputs_as_trained(
    estimator: Any, X: Any, names: tuple[str, ...] | None, fitted: Preprocessing
) -> Any:
    """Inputs to predict from, in the form that the estimator was trained on.

    Args:
        estimator: knows the features.
        X: as `predict` takes it.
        names: of the columns; None where there are none.
        fitted: what was fitted on the training rows.

    Raises:
        ValueError: inputs that scikit-learn refuses, or other features than in training.
    """
    checked = _checked(estimator, X, reset=False, table=names is not None, least=1)
    if names is None:
        return _filled(checked, fitted)
    if is_frame(checked):
        return checked.set_axis(list(names), axis="columns")
    return _table(checked, list(names))


def _checked(estimator: Any, X: Any, *, reset: bool, table: bool, least: int) -> Any:
    """An array of numbers, or where a table is allowed a DataFrame."""
    X = as_known(X, where=type(estimator).__name__)
    X = _of_rows(X) if isinstance(X, list | tuple) else X
    if table and (is_frame(X) or _holds_text(X)):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return X if is_frame(X) else _table(X.astype(object), None).infer_objects()
    if getattr(X, "ndim", 2) in (3, 4):
        images = check_array(
            X, allow_nd=True, ensure_2d=False, ensure_min_samples=least, estimator=estimator
        )
        if reset:
            estimator.n_features_in_ = math.prod(images.shape[1:])
        return images
    return validate_data(
        estimator, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan",
        ensure_min_samples=least,
    )  # fmt: skip


def _holds_text(X: Any) -> bool:
    """Whether it is a two-dimensional array with some text."""
    if not isinstance(X, np.ndarray) or X.ndim != 2:
        return False
    kind = X.dtype.kind
    return kind == "U" or (kind == "O" and any(isinstance(value, str) for value in X.flat))


def _of_rows(rows: list[Any] | tuple[Any, ...]) -> Any:
    """Rows in lists as an array of objects where some hold text; else as they are."""
    cells = (cell for row in rows if isinstance(row, list | tuple) for cell in row)
    same = len({len(row) for row in rows if isinstance(row, list | tuple)}) == 1
    return np.array(rows, object) if same and any(isinstance(c, str) for c in cells) else rows


def _table(array: Any, names: list[str] | None) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(array, columns=names)


def _filled(array: Any, fitted: Preprocessing) -> Any:
    """The array with the training's mean for what is missing; training had nothing missing."""
    if array.ndim != 2 or array.dtype.kind != "f":
        return array
    missing = np.isnan(array)
    if not missing.any():
        return array
    columns = plural(int(missing.any(axis=0).sum()), "column")
    warnings.warn(
        f"missing values in {columns} of which training had none: its mean stands for them",
        ShoalWarning,
        stacklevel=5,
    )
    return np.where(missing, np.array(fitted.encoder.mean), array)  # type: ignore[union-attr]  # of arrays
