"""Rows of training and validation on their way into a data set: weights, those that count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import _check_sample_weight, check_consistent_length

from shoal.data.arrays import is_frame
from shoal.data.preprocessing import take

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
