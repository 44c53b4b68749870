"""Classes and labels: names, values, the positive one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cells import read_cells
from shoal.data.io.sheet import Sheet
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset

Array = npt.NDArray[Any]

_NUMBERS = tuple(
    np.dtype(f"{kind}{8 * size}").name
    for kind, sizes in (("int", (1, 2, 4, 8)), ("uint", (1, 2, 4, 8)), ("float", (2, 4, 8)))
    for size in sizes
)

LABEL_TYPES = ("str", "bool", *_NUMBERS)
"""What classes can be: names, booleans, or numbers of one of NumPy's types."""

_WHOLE = re.compile("0|-?[1-9][0-9]{0,17}")

_PADDED = re.compile("[+-]?0[0-9]+")

_EXACT = 2.0**53
"""Below it a floating point number tells whole numbers apart."""


def label_type_of(labels: Array) -> str:
    """The type by which these labels come back; one of `LABEL_TYPES`."""
    kind = labels.dtype.kind
    if kind in "UT":
        return "str"
    return labels.dtype.name if labels.dtype.name in LABEL_TYPES else "float64"


def name_classes(
    labels: Array, written: Sequence[str] | None = None
) -> tuple[npt.NDArray[np.int64], tuple[str, ...], str]:
    """Labels as indices of classes, in ascending order, with their names and their type.

    Args:
        labels: names, booleans or numbers of shape (n,).
        written: how each is written in a file. A class is called as it is written most
            often. Codes such as 007 are no numbers, nor are whole numbers that floating
            point does not tell apart: then the classes are what is written.
    """
    if written is not None and labels.dtype.kind == "f" and _are_codes(labels, written):
        labels, written = np.array(list(written), np.str_), None
    distinct, codes = np.unique(labels, return_inverse=True)
    codes = codes.astype(np.int64)
    names = tuple(str(label) for label in distinct)
    if written is None:
        return codes, names, label_type_of(labels)
    spellings = Counter(zip(codes.tolist(), written, strict=True)).most_common()
    called: dict[int, str] = {}
    for (code, spelling), _ in spellings:
        called.setdefault(code, spelling)
    whole = all(_WHOLE.fullmatch(text) for text in called.values())
    kind = label_type_of(labels)
    names = tuple(called[code] for code in range(len(distinct)))
    return codes, names, "int64" if kind == "float64" and whole else kind


def _are_codes(numbers: Array, written: Sequence[str]) -> bool:
    too_large = bool((np.abs(numbers) >= _EXACT).any())
    return too_large or any(_PADDED.fullmatch(text) for text in set(written))


def class_values(names: Sequence[str], label_type: str | None) -> Array:
    """The classes of these names as values of their type, of shape (classes,).

    Args:
        names: of the classes.
        label_type: one of `LABEL_TYPES`; None: nobody knows, and they are whole numbers if
            each of them is called by one.

    Raises:
        ValueError: names that are none of the type.
    """
    if label_type is None:
        label_type = "int64" if all(_WHOLE.fullmatch(name) for name in names) else "str"
    if label_type == "str":
        return np.array(list(names), np.str_)
    if label_type == "bool":
        if not {name.lower() for name in names} <= {"true", "false"}:
            raise ValueError("classes that are true and false")
        return np.array([name.lower() == "true" for name in names])
    if label_type not in _NUMBERS:
        raise ValueError(f"labels of a type of {', '.join(LABEL_TYPES)}, not {label_type!r}")
    of_one = float if label_type.startswith("float") else int
    try:
        return np.array([of_one(name) for name in names], label_type)
    except (ValueError, OverflowError):
        raise ValueError(f"classes that are called by numbers of type {label_type}") from None


def keys(names: Sequence[str], label_type: str | None) -> list[Hashable]:
    """What tells classes of one data set from those of another: 1, 1.0 and true are the same."""
    found: list[Hashable] = class_values(names, label_type).tolist()
    return found


def places_of(
    names: Sequence[str],
    given: Sequence[Hashable],
    classes: Sequence[str],
    label_type: str | None,
) -> npt.NDArray[np.int32]:
    """Of the classes of one data set the places among those of another, -1 where there is none.

    They are known by what they are, 1 as 1.0 or true, and else as they are written.

    Args:
        names: as the first are written.
        given: what they are; see `keys`.
        classes: names of the second.
        label_type: what the second are.
    """
    place: dict[Hashable, int] = {name: i for i, name in enumerate(classes)}
    place |= {key: i for i, key in enumerate(keys(classes, label_type))}
    both = zip(given, names, strict=True)
    return np.array([place.get(key, place.get(name, -1)) for key, name in both], np.int32)


Labels = npt.NDArray[np.int32]


def encode_labels(
    y: Any, *, rows: int, classes: Sequence[str] | None, where: str
) -> tuple[Labels, tuple[str, ...]]:
    """Labels as 1 for yes, 0 for no and -1 where it is not known, and their names.

    Args:
        y: shape (n, labels), of booleans or numbers; NaN and -1 are not known. The
            columns of a DataFrame name the labels.
        rows: n.
        classes: the names, if y does not tell them.
        where: for messages.

    Raises:
        DataError: another shape or other values, or names that are not as many.
    """
    named = classes if classes is not None else getattr(y, "columns", None)
    try:
        values = np.asarray(y).astype(np.float64)
    except (TypeError, ValueError):
        raise DataError("labels are yes or no", received="something else", where=where) from None
    if values.ndim != 2 or len(values) != rows or values.shape[1] == 0:
        raise DataError(
            "every example has a yes or no for each label",
            expected=f"shape ({rows}, labels)",
            received=f"shape {values.shape}",
            where=where,
        )
    codes = np.where(np.isnan(values), -1.0, values)
    odd = ~np.isin(codes, (-1.0, 0.0, 1.0))
    if odd.any():
        row, column = np.argwhere(odd)[0]
        raise DataError(
            "a label is 1 for yes, 0 for no, and blank where it is not known",
            received=f"{values[row, column]:g} in row {row}, label {column}",
            where=where,
        )
    names = tuple(map(str, range(values.shape[1]) if named is None else named))
    if len(names) != values.shape[1] or len(set(names)) != len(names):
        raise DataError(
            "every label has a name of its own",
            expected=f"{values.shape[1]} different names",
            received=", ".join(names),
            where=where,
        )
    return codes.astype(np.int32), names


def label_columns(sheet: Sheet, target: str | None) -> tuple[str, ...]:
    """The columns that a target such as ``"rain,wind"`` names; empty if it is one column."""
    if target is None or target in sheet.names or "," not in target:
        return ()
    names = tuple(name.strip() for name in target.split(","))
    return names if set(names) <= set(sheet.names) else ()


def take_labels(sheet: Sheet, names: Sequence[str]) -> tuple[Sheet, Labels]:
    """The table without these columns, and what they say.

    Raises:
        DataError: they hold something else than yes and no, or are all that there is.
    """
    columns = []
    for name in names:
        place = f"{sheet.where}, column {name!r}"
        cells = read_cells(sheet.columns[sheet.names.index(name)], sheet.place, place)
        if cells.holding in ("text", "date"):
            raise DataError(
                "of several targets, each column must hold labels: 1 for yes, 0 for no, blank "
                "where it is not known",
                received="text",
                where=place,
                hint="Name one column as the target.",
            )
        values = np.where(cells.missing, np.nan, cells.values.astype(np.float64))
        odd = np.flatnonzero(~np.isnan(values) & ~np.isin(values, (0.0, 1.0)))
        if odd.size:
            raise DataError(
                "of several targets, each column must hold labels: 1 for yes, 0 for no, blank "
                "where it is not known",
                received=f"{values[odd[0]]:g} in row {odd[0]}",
                where=place,
                hint="Numbers are predicted one column at a time: name one column as the target, "
                "and leave out the others (--drop).",
            )
        columns.append(
            encode_labels(values[:, None], rows=len(values), classes=[name], where=place)[0]
        )
    kept = [i for i, name in enumerate(sheet.names) if name not in names]
    if not kept:
        raise DataError(
            "a table has columns besides the target", received="labels only", where=sheet.where
        )
    rest = replace(
        sheet, names=[sheet.names[i] for i in kept], columns=[sheet.columns[i] for i in kept]
    )
    return rest, np.concatenate(columns, axis=1)


def matched(y: Labels, own: Sequence[str], wanted: Sequence[str], where: str) -> Labels:
    """The labels in the order of a model's; not known where there are none of that name.

    Raises:
        DataError: none of the model's labels is there.
    """
    if not set(own) & set(wanted):
        raise DataError(
            "targets are labels of the model",
            expected=", ".join(wanted),
            received=", ".join(own),
            where=where,
        )
    found = np.full((len(y), len(wanted)), -1, np.int32)
    for i, name in enumerate(wanted):
        if name in own:
            found[:, i] = y[:, list(own).index(name)]
    return found


def checked_positive(dataset: Dataset, positive: Any) -> str | None:
    """The name of the class that was asked for; None if none was.

    Raises:
        DataError: it is none of the classes, or there are not two.
    """
    if positive is None:
        return None
    if dataset.task not in ("classification", "segmentation") or len(dataset.classes) != 2:
        raise DataError(
            "one class is the positive one where there are two",
            expected="a classification or segmentation into two classes",
            received=f"{dataset.task} into {len(dataset.classes)} classes",
            where=dataset.name,
        )
    values = class_values(dataset.classes, dataset.label_type).tolist()
    for name, value in zip(dataset.classes, values, strict=True):
        if positive == value or str(positive) == name:
            return name
    for name, label in zip(dataset.classes, dataset.class_labels, strict=False):
        if str(positive) == label:
            return name
    raise DataError(
        "the positive class is one of the two",
        expected=" or ".join(map(repr, dataset.classes)),
        received=repr(positive),
        where=dataset.name,
    )


def rarer(y: npt.NDArray[Any]) -> int:
    """Of the classes 0 and 1 the one that is rarer among these targets; of equal ones 1."""
    return 0 if np.count_nonzero(y == 0) < np.count_nonzero(y == 1) else 1


MOST_FEW = 20
"""So many different whole numbers, at most, are few whatever they are."""

ROWS_PER_FEW = 10
"""Rows for each of few different whole numbers, on average, that make them classes."""

LEAST_OF_EACH = 3
"""Rows of the rarest: with fewer it could not be trained, steered by and tested at once."""

MOST_NUMBERED = 1000
"""Classes that are numbered through from 0 or 1, at most."""

RAREST = 0.2
"""Classes that are numbered through are about as frequent as each other, unlike counts: the
rarest has this share of the mean."""


def whole_numbers_are_classes(values: Array) -> bool:
    """Whether a target of numbers names classes or counts or measures something.

    The rule is the same for files, frames, arrays and lists, and for whole numbers written
    with a point. Classes are whole numbers, and either there are two of them; or each
    occurs in three rows or more, and there are at most 20 with ten rows each on average,
    or they go through from 0 or 1 and are about equally frequent. Anything else is a
    regression.
    """
    if not are_whole(values):
        return False
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= 2:
        return True
    if counts.min() < LEAST_OF_EACH:
        return False
    mean = len(values) / len(distinct)
    if len(distinct) <= MOST_FEW and mean >= ROWS_PER_FEW:
        return True
    first, last = int(distinct[0]), int(distinct[-1])
    numbered = first in (0, 1) and last - first == len(distinct) - 1
    return bool(numbered and len(distinct) <= MOST_NUMBERED and counts.min() >= RAREST * mean)


def are_whole(values: Array) -> bool:
    """Whether numbers are whole, whatever their type."""
    if values.dtype.kind in "biu":
        return True
    return bool(np.isfinite(values).all() and np.array_equal(values, np.round(values)))


def guess_note(values: Array, task: str, target: str | None) -> str | None:
    """A remark on what whole numbers were taken for; none on 0 and 1."""
    numbers = np.unique(values)
    if np.isin(numbers, (0, 1)).all():
        return None
    what = "the target" if target is None else f"the target {target!r}"
    other, as_what = (
        ("classification", "classes") if task == "regression" else ("regression", "numbers")
    )
    return (
        f"taken as {task}: {what} holds {len(numbers)} different whole numbers; --task {other} "
        f"(in Python task={other!r}) reads them as {as_what}"
    )
