"""Inputs of an estimator, and the rows that train and validate."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, validate_data

from shoal.data import Preprocessing
from shoal.data.io.arrays import is_frame
from shoal.data.io.in_memory import as_pandas_or_array
from shoal.data.preprocessing import take
from shoal.errors import ShoalWarning
from shoal.utils.text import plural

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
    X = as_pandas_or_array(X, where=type(estimator).__name__)
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


Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """Inputs, targets, weights, and which of them validate, row by row.

    Attributes:
        x: inputs, an array or a DataFrame.
        y: targets.
        weight: how much each counts; None: all the same.
        steers: whether each validates; None: a share of them is to be drawn.
    """

    x: Any
    y: Array
    weight: Array | None = None
    steers: npt.NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: npt.NDArray[np.int64]) -> Self:
        """These rows."""
        weight = None if self.weight is None else self.weight[rows]
        steers = None if self.steers is None else self.steers[rows]
        return type(self)(take(self.x, rows), self.y[rows], weight, steers)

    def weighted(self, weight: Any) -> Self:
        """The rows with weights that multiply those that they have; rows of weight 0 are left out.

        Weights that are all the same are none.

        Raises:
            ValueError: weights of another shape, negative ones, or none above 0.
        """
        if weight is None:
            return self
        own = _check_sample_weight(weight, self.x, dtype=np.float64, ensure_non_negative=True)
        own = own if self.weight is None else own * self.weight
        if not own.any():
            raise ValueError("Some sample weight is above zero, but all are zero.")
        rows = type(self)(self.x, self.y, own, self.steers).take(np.flatnonzero(own))
        assert rows.weight is not None
        same = (rows.weight == rows.weight[0]).all()
        return type(self)(rows.x, rows.y, None if same else rows.weight, rows.steers)

    @property
    def validation(self) -> npt.NDArray[np.int64] | None:
        """The numbers of the rows that validate, where that is told."""
        return None if self.steers is None else np.flatnonzero(self.steers)


def joined(
    X: Any, y: Any, sample_weight: Any, validation_data: Any, eval_set: Any
) -> tuple[Any, Any, Any, npt.NDArray[np.bool_] | None]:
    """All rows, those that validate last, and which these are.

    Args:
        X: inputs that train.
        y: their targets.
        sample_weight: how much each counts.
        validation_data: what validates, if that is given.
        eval_set: the same by its other name.

    Raises:
        ValueError: both are given, or something else than inputs and targets.
    """
    held = _validating(validation_data, eval_set)
    if held is None:
        return X, y, sample_weight, None
    check_consistent_length(X, y)
    check_consistent_length(held[0], held[1])
    count, more = len(y), len(held[1])
    if not more:
        raise ValueError("Some rows validate, but validation_data has none.")
    weights = [
        np.ones(n) if own is None else np.asarray(own, np.float64)
        for own, n in ((sample_weight, count), (held[2], more))
    ]
    weight = None if sample_weight is held[2] is None else np.concatenate(weights)
    steers = np.arange(count + more) >= count
    return _together(X, held[0]), _together(y, held[1]), weight, steers


def _validating(validation_data: Any, eval_set: Any) -> tuple[Any, Any, Any] | None:
    """Inputs, targets and weights that validate."""
    if validation_data is not None and eval_set is not None:
        raise ValueError("validation_data and eval_set are the same: give one of them.")
    given = eval_set if validation_data is None else validation_data
    if given is None:
        return None
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise ValueError("What validates is (X, y) or (X, y, sample_weight), or a list of one.")
    x, y, weight = (*given, None)[:3]
    return x, y, weight


def _together(one: Any, other: Any) -> Any:
    """The rows of both, one after the other; columns of a DataFrame by their names."""
    if is_frame(one) and is_frame(other):
        import pandas as pd

        missing = [str(name) for name in one.columns if name not in other.columns]
        if missing:
            raise ValueError(f"What validates lacks columns of X: {', '.join(missing)}.")
        return pd.concat([one, other[list(one.columns)]], ignore_index=True)
    if hasattr(one, "toarray") and hasattr(other, "toarray"):
        one, other = one.toarray(), other.toarray()
    return np.concatenate([np.asarray(one), np.asarray(other)])
