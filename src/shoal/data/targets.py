"""Targets: which task they call for, and their coding as class indices or real numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

Array = npt.NDArray[Any]
Task = Literal["classification", "regression", "segmentation", "multi-label"]

MOST_INTEGER_CLASSES = 20
LEAST_ROWS_PER_INTEGER_CLASS = 10


def whole_numbers_are_classes(values: npt.NDArray[np.float64]) -> bool:
    """Whether a target column of numbers in a file names classes or measures something.

    Classes: only whole numbers, and either two different ones, or at most 20
    with ten rows each on average. Anything else is a regression.
    """
    if not np.all(values == np.round(values)):
        return False
    distinct = len(np.unique(values))
    few = distinct <= MOST_INTEGER_CLASSES
    return distinct <= 2 or (few and distinct * LEAST_ROWS_PER_INTEGER_CLASS <= len(values))


def encode_target(
    y: Any, *, rows: int, task: Task | None, classes: Sequence[str] | None, where: str
) -> tuple[Task, Array, tuple[str, ...]]:
    """The task, the coded targets, and the names of the classes.

    Returns:
        For classification int64 of shape (n,), for regression float64 of shape
        (n,) or (n, targets).

    Raises:
        DataError: for types, shapes or values that the task cannot use.
    """
    if task not in (None, "classification", "regression"):
        raise DataError(
            "there are two tasks",
            expected="'classification' or 'regression'",
            received=repr(task),
            where=where,
        )
    values = _plain_array(y, where)
    if values.ndim == 0 or len(values) != rows:
        raise DataError(
            "every example needs one target",
            expected=f"{rows} targets for {rows} examples",
            received=f"targets of shape {values.shape}",
            where=where,
        )
    if task is None:
        task = "regression" if values.dtype.kind == "f" and classes is None else "classification"
    if task == "regression":
        return task, _real(values, where), ()
    labels = _labels(values, where)
    if classes is None:
        distinct, codes = np.unique(labels, return_inverse=True)
        return task, codes.astype(np.int64), tuple(str(label) for label in distinct)
    return task, _index(labels, tuple(str(c) for c in classes), where), tuple(map(str, classes))


def _plain_array(y: Any, where: str) -> Array:
    """Y as an array of booleans, whole numbers, reals or strings."""
    try:
        values = np.asarray(y)
    except ValueError:
        raise DataError(
            "targets form one array", received="rows of different lengths", where=where
        ) from None
    if values.dtype.kind == "O":
        values = _from_objects(values, where)
    if values.dtype.kind not in "biufUT":
        raise DataError(
            "targets are numbers or names", received=f"an array of {values.dtype}", where=where
        )
    return values


def _from_objects(values: Array, where: str) -> Array:
    missing = [i for i, v in enumerate(values.ravel()) if _is_missing(v)]
    if missing:
        raise DataError(
            "every example needs a target",
            received=f"{len(missing)} missing, the first at index {missing[0]}",
            where=where,
            hint="Leave out the examples without one.",
        )
    kinds = {type(v) for v in values.ravel()}
    if kinds and all(issubclass(kind, str) for kind in kinds):
        return values.astype(np.str_)
    numbers = (bool, int, float, np.bool_, np.integer, np.floating)
    if kinds and all(issubclass(kind, numbers) for kind in kinds):
        return np.array(values.tolist())
    names = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise DataError(
        "targets are all numbers or all names", received=f"a mixture of {names}", where=where
    )


def _is_missing(value: object) -> bool:
    """None, NaN, and the marks of pandas, whose comparison with themselves has no answer."""
    nan = isinstance(value, float) and value != value
    return value is None or nan or type(value).__name__ in ("NAType", "NaTType")


def _real(values: Array, where: str) -> Array:
    if values.dtype.kind not in "biuf":
        raise DataError(
            "a regression needs numbers as targets",
            received=f"names such as {str(values.flat[0])!r}",
            where=where,
        )
    if values.ndim not in (1, 2) or 0 in values.shape[1:]:
        raise DataError(
            "targets of a regression are one number or a row of numbers an example",
            expected="shape (n,) or (n, targets)",
            received=f"shape {values.shape}",
            where=where,
        )
    values = values.astype(np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        raise DataError(
            "targets are finite numbers",
            received=f"{values[bad][0]} at row {int(np.argwhere(bad)[0, 0])}",
            where=where,
        )
    return values


def _labels(values: Array, where: str) -> Array:
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise DataError(
            "classification takes one class an example",
            expected="shape (n,)",
            received=f"shape {values.shape}",
            where=where,
            hint="Turn one-hot rows into classes with y.argmax(axis=1)."
            if values.ndim == 2
            else None,
        )
    if values.dtype.kind == "f":
        if not np.all(np.isfinite(values)) or np.any(values != np.round(values)):
            odd = values[~np.isfinite(values) | (values != np.round(values))][0]
            raise DataError(
                "classes are whole numbers or names",
                received=float(odd),
                where=where,
                hint="Real targets are a regression.",
            )
        return values.astype(np.int64)
    return values


def _index(labels: Array, classes: tuple[str, ...], where: str) -> npt.NDArray[np.int64]:
    if len(set(classes)) != len(classes):
        raise DataError("the names of the classes differ", received=list(classes), where=where)
    if labels.dtype.kind in "UT":
        position = {name: i for i, name in enumerate(classes)}
        unknown = sorted(set(labels.tolist()) - position.keys())
        if unknown:
            raise DataError(
                "every target is one of the classes",
                expected=list(classes),
                received=repr(unknown[0]),
                where=where,
            )
        return np.array([position[label] for label in labels.tolist()], np.int64)
    codes = labels.astype(np.int64)
    if len(codes) and not (codes.min() >= 0 and codes.max() < len(classes)):
        raise DataError(
            "whole numbers index the classes",
            expected=f"0 to {len(classes) - 1}",
            received=f"{codes.min()} to {codes.max()}",
            where=where,
        )
    return codes
