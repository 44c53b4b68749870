"""Targets: which task they call for, and their coding as class indices or real numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from shoal.data.encode.classes import (
    are_whole,
    encode_labels,
    guess_note,
    name_classes,
    whole_numbers_are_classes,
)
from shoal.errors import DataError

Array = npt.NDArray[Any]
Task = Literal["classification", "regression", "segmentation", "multi-label"]


@dataclass(frozen=True, eq=False)
class EncodedTarget:
    """Targets as a data set keeps them.

    Attributes:
        task: classification, regression or multi-label.
        y: int64 of shape (n,); float64 of shape (n,) or (n, targets); int32 of
            shape (n, labels).
        classes: names of the classes or labels; empty for a regression.
        label_type: what the classes were; see `class_values`. Of a regression of whole
            numbers, what they would be.
        guessed: whether the targets leave the task open: no other task was asked for.
        note: a remark for the user on what they were taken for.
    """

    task: Task
    y: Array
    classes: tuple[str, ...] = ()
    label_type: str | None = None
    guessed: bool = False
    note: str | None = None


def encode_target(
    y: Any,
    *,
    rows: int,
    task: Task | None,
    classes: Sequence[str] | None,
    where: str,
    target: str | None = None,
    written: Sequence[str] | None = None,
) -> EncodedTarget:
    """The targets, coded for their task, which is guessed where none is given.

    Args:
        y: numbers, booleans or names of shape (n,), or numbers of shape (n, k). Rows of 0
            and 1 with one 1 each are one-hot: classes.
        rows: n.
        task: None: guessed.
        classes: names of the classes.
        where: for messages.
        target: what the target is called.
        written: how each target is written in a file; classes are called so.

    Raises:
        DataError: for types, shapes or values that the task cannot use.
    """
    if task not in (None, "classification", "regression"):
        raise DataError(
            "the task is one that these targets can have",
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
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.dtype.kind in "biuf":
        return _of_several_columns(values, y, task, classes, where)
    numbers = task is None and classes is None and values.dtype.kind in "iuf"
    guess = numbers and are_whole(values)  # whole numbers leave it open
    if task is None:
        measured = numbers and not whole_numbers_are_classes(values)
        task = "regression" if measured else "classification"
    note = guess_note(values, task, target) if guess else None
    if task == "regression":
        kind = name_classes(values, written)[2] if guess else None
        kind = None if kind == "str" else kind
        return EncodedTarget(task, _real(values, where), (), kind, guess, note)
    labels = _labels(values, where)
    if classes is not None:
        names = tuple(map(str, classes))
        return EncodedTarget(task, _index(labels, names, where), names, "str")
    codes, names, kind = name_classes(labels, written)
    _check_sound(names, where)
    return EncodedTarget(task, codes, names, kind, guess, note)


def _check_sound(names: Sequence[str], where: str) -> None:
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise DataError(
                "the name of a class is text",
                received=f"{name!r}, with half of a pair of surrogates",
                where=where,
            ) from None


def _of_several_columns(
    values: Array, y: Any, task: Task | None, classes: Sequence[str] | None, where: str
) -> EncodedTarget:
    """Targets of shape (n, k): one-hot classes, labels of 0 and 1, or several numbers."""
    if task == "regression" or 0 in values.shape:
        return EncodedTarget("regression", _real(values, where))
    flags = bool(np.isin(values, (0, 1)).all())
    count = values.shape[1]
    if flags and bool((values.sum(axis=1) == 1).all()):
        named = classes if classes is not None else getattr(y, "columns", None)
        names = tuple(map(str, range(count) if named is None else named))
        if len(names) != count or len(set(names)) != count:
            raise DataError(
                "one-hot rows have a column for each class",
                expected=f"{count} different names",
                received=", ".join(map(repr, names[:20])),
                where=where,
            )
        note = (
            f"taken as classification: the {count} columns of the target are one-hot, "
            "one 1 in each row; task='regression' reads them as numbers"
        )
        kind = "int64" if named is None else "str"
        codes = values.argmax(axis=1).astype(np.int64)
        return EncodedTarget(
            "classification", codes, names, kind, note=note if task is None else None
        )
    if task == "classification":
        _labels(values, where)  # refuses them
    if flags:
        labels, names = encode_labels(y, rows=len(values), classes=classes, where=where)
        note = (
            f"taken as multi-label: the {count} columns of the target hold 0 and 1, and any "
            "number of them may apply; task='regression' reads them as numbers"
        )
        return EncodedTarget("multi-label", labels, names, note=note)
    return EncodedTarget("regression", _real(values, where))


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
            "targets are numbers or names",
            received=f"an array of {values.dtype}",
            where=where,
            hint="Turn bytes into names with y.astype(str)." if values.dtype.kind == "S" else None,
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
            hint="Classes are a classification: task='classification', --task classification.",
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
            hint="Leave out the examples without a target." if np.isnan(values[bad][0]) else None,
        )
    return values


def _labels(values: Array, where: str) -> Array:
    if values.ndim != 1:
        raise DataError(
            "classification takes one class an example",
            expected="shape (n,), or one-hot rows: of 0 and 1, with one 1 each",
            received=f"shape {values.shape}",
            where=where,
            hint="Of several labels any may apply with task='multi-label'."
            if values.ndim == 2
            else None,
        )
    if values.dtype.kind == "f" and not np.all(np.isfinite(values)):
        row = int(np.isfinite(values).argmin())
        raise DataError(
            "every example needs a class",
            received=f"{values[row]} at row {row}",
            where=where,
            hint="Leave out the examples without one.",
        )
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
    if not np.array_equal(codes, labels):
        raise DataError(
            "whole numbers index the classes",
            received=float(labels[codes != labels][0]),
            where=where,
            hint="Real targets are a regression.",
        )
    if len(codes) and not (codes.min() >= 0 and codes.max() < len(classes)):
        raise DataError(
            "whole numbers index the classes",
            expected=f"0 to {len(classes) - 1}",
            received=f"{codes.min()} to {codes.max()}",
            where=where,
        )
    return codes
