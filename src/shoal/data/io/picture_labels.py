"""Targets of pictures out of a table's columns: a class, several labels, or numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shoal.data.columns.cells import Cells, read_cells
from shoal.data.columns.fit import listed
from shoal.data.columns.table import answer_for, check_readable
from shoal.data.encode.classes import encode_labels
from shoal.data.encode.targets import EncodedTarget, encode_target
from shoal.data.io.sheet import Sheet
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.encode.targets import Task
    from shoal.data.preprocessing import Preprocessing

Array = npt.NDArray[Any]

KNOWN = {
    "label", "labels", "class", "classes", "classname", "target", "targets", "category", "tag",
    "tags", "y", "species", "breed", "diagnosis", "labelid", "classid", "categoryid", "attributes",
}  # fmt: skip
"""What columns of targets are called, without signs."""

SEPARATORS = "|;, "
"""What stands between several labels in one cell, the most certain first."""

_NUMBERS = re.compile(r"\d{1,4}([, ]+\d{1,4})*")

_LIST = re.compile(r"\[.*\]")

NOTHING = {"", "none", "nan", "[]"}
"""A cell of several labels, none of which applies."""


@dataclass(frozen=True, eq=False)
class Answers:
    """The targets of a table's rows.

    Attributes:
        columns: that they were read from.
        found: what they are.
        notes: remarks.
    """

    columns: tuple[str, ...]
    found: EncodedTarget
    notes: tuple[str, ...]


def target_columns(sheet: Sheet, target: str | None, task: Task | None) -> tuple[str, ...]:
    """The columns that hold the targets: those that are named, or what looks like them.

    Raises:
        DataError: there is no such column, or none beside the pictures.
    """
    if target is not None:
        names = (target,) if target in sheet.names else tuple(n.strip() for n in target.split(","))
        missing = [name for name in names if name not in sheet.names]
        if missing:
            raise DataError(
                "the target is a column of the table",
                expected=f"one of {', '.join(map(repr, sheet.names[:30]))}",
                received=repr(missing[0]),
                where=sheet.where,
            )
        return names
    if not sheet.names:
        raise DataError(
            "a table of pictures has a column to predict",
            received="only the names of pictures",
            where=sheet.where,
        )
    known = [name for name in sheet.names if re.sub("[^a-z]", "", name.lower()) in KNOWN]
    if len(known) == 1 and task != "multi-label":
        return (known[0],)
    flags = [name for name in sheet.names if _are_flags(sheet.column(name))]
    if len(flags) > 1 and (len(flags) == len(sheet.names) or task == "multi-label"):
        return tuple(flags)
    return (known[0] if len(known) == 1 else sheet.names[-1],)


def _are_flags(cells: Sequence[str]) -> bool:
    return {cell.lower() for cell in set(cells)} <= {"0", "1", "0.0", "1.0", "true", "false", ""}


def read_answers(
    sheet: Sheet, names: tuple[str, ...], task: Task | None, like: Preprocessing | None
) -> Answers:
    """The targets in these columns.

    Several columns of 0 and 1 are labels of which any number may apply, or where each row has
    one 1, classes; other columns are numbers. A single column whose cells are lists such as
    ``cat|dog`` tells labels too.

    Args:
        sheet: the table.
        names: the columns.
        task: what is predicted; None: told by what stands there.
        like: of a model that is to read them.

    Raises:
        DataError: they hold something else, or are missing.
    """
    if len(names) > 1:
        return _of_several(sheet, names, task)
    (name,) = names
    cells = list(sheet.column(name))
    place = f"{sheet.where}, column {name!r}"
    separator = _separator(cells, task)
    if task == "multi-label" or separator is not None:
        return _of_lists(cells, separator or "|", name, place)
    answer = read_cells(sheet.column(name), sheet.place, place)
    if like is not None:
        answer = answer_for(like, sheet, name, answer)
    _check_there(sheet, answer, place)
    check_readable(answer, place)
    values = answer.values == 1 if answer.holding == "boolean" else answer.values
    found = encode_target(
        values, rows=len(cells), task=task, classes=None, where=place, target=name, written=cells
    )
    return Answers(names, found, (found.note,) if found.note and like is None else ())


def _of_several(sheet: Sheet, names: tuple[str, ...], task: Task | None) -> Answers:
    columns = {}
    for name in names:
        place = f"{sheet.where}, column {name!r}"
        cells = read_cells(sheet.column(name), sheet.place, place)
        if cells.holding in ("text", "date"):
            raise DataError(
                "several targets are numbers, or labels that are 1 for yes and 0 for no",
                received="text" if cells.holding == "text" else "dates",
                where=place,
            )
        columns[name] = np.where(cells.missing, np.nan, cells.values.astype(np.float64))
    frame = pd.DataFrame(columns)
    flags = bool(frame.isin([0, 1]).to_numpy().all())
    known = frame.notna().to_numpy()
    partly = bool(frame[known].isin([0, 1, -1]).to_numpy()[known].all())
    if task == "multi-label" or (task is None and partly and not flags):
        y, labels = encode_labels(frame, rows=len(frame), classes=None, where=sheet.where)
        return Answers(names, EncodedTarget("multi-label", y, labels), ())
    if not known.all():
        row = int((~known).any(axis=1).argmax())
        raise DataError(
            "every row needs a target",
            received=f"none in {sheet.place(row)}",
            where=sheet.where,
            hint="Remove these rows or fill the targets in.",
        )
    found = encode_target(frame, rows=len(frame), task=task, classes=None, where=sheet.where)
    return Answers(names, found, (found.note,) if found.note else ())


def _check_there(sheet: Sheet, answer: Cells, place: str) -> None:
    if answer.missing.any():
        blank = np.flatnonzero(answer.missing).tolist()
        shown = ", ".join(sheet.place(row) for row in blank[:5])
        raise DataError(
            "every row needs a target",
            received=f"{len(blank)} blank, in {shown}" + (", …" if len(blank) > 5 else ""),
            where=place,
            hint="Remove these rows or fill the target in.",
        )


def _separator(cells: Sequence[str], task: Task | None) -> str | None:
    """What separates labels within cells; None: a cell is one label.

    Bars and semicolons always do, and what stands in a list of whole numbers or one that is
    written as Python writes it. Commas and spaces do where the labels of lists occur in other
    lists, too, and there are fewer labels than lists: names of two words are no lists.
    """
    if task not in (None, "multi-label"):
        return None
    lists = Counter(cell.strip() for cell in cells)
    present = [cell for cell in lists if cell.lower() not in NOTHING]
    for separator in SEPARATORS:
        divided = [cell for cell in present if len(_labels(cell, separator)) > 1]
        if not divided:
            continue
        if separator in "|;" or task == "multi-label":
            return separator
        if all(_NUMBERS.fullmatch(cell) or _LIST.fullmatch(cell) for cell in present):
            return separator
        labels = {label for cell in present for label in _labels(cell, separator)}
        again = Counter(label for cell in present for label in set(_labels(cell, separator)))
        shared = sum(again[label] > 1 for label in labels)
        if (
            len(labels) < len(present) + (separator == ",")
            and 2 * shared > len(labels)
            and _short(labels)
        ):
            return separator
    return None


def _short(labels: set[str]) -> bool:
    """Whether these are names, and no texts that were divided into words."""
    return len(labels) <= 500 and max(map(len, labels)) <= 40


def _labels(cell: str, separator: str) -> list[str]:
    """The labels of a cell, also of one that is written as a list of Python's."""
    text = cell.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    found = [label.strip().strip("'\"") for label in text.split(separator)]
    return [label for label in found if label]


def _of_lists(cells: Sequence[str], separator: str, name: str, place: str) -> Answers:
    lists = [[] if cell.strip().lower() in NOTHING else _labels(cell, separator) for cell in cells]
    labels = sorted({label for one in lists for label in one}, key=_order)
    if not labels:
        raise DataError("cells of several labels name some", received="none", where=place)
    at = {label: i for i, label in enumerate(labels)}
    y = np.zeros((len(cells), len(labels)), np.int32)
    for row, one in enumerate(lists):
        y[row, [at[label] for label in one]] = 1
    told = "spaces" if separator == " " else repr(separator)
    notes = [
        f"taken as multi-label: cells of {name!r} are lists of labels with {told} between them; "
        "task='classification' (--task classification) takes each list as a class"
    ]
    blank = sum(not one for one in lists)
    if blank:
        notes.append(f"{blank:,} cells of {name!r} are blank: none of the labels applies there")
    return Answers((name,), EncodedTarget("multi-label", y, tuple(labels)), tuple(notes))


def _order(label: str) -> tuple[int, int, str]:
    return (0, int(label), "") if label.isdecimal() else (1, 0, label)


def rows_once(
    files: Sequence[str], answers: EncodedTarget | None, where: str, place: Any, *, join: bool
) -> tuple[npt.NDArray[np.int64], EncodedTarget | None, tuple[str, ...]]:
    """The rows that are kept where several name one picture, and what they say together.

    Equal rows are one. Of several labels, rows of one picture name all of its labels.

    Raises:
        DataError: one picture has two targets.
    """
    first: dict[str, int] = {}
    groups = np.array([first.setdefault(file, row) for row, file in enumerate(files)], np.int64)
    kept = np.flatnonzero(groups == np.arange(len(groups)))
    again = len(groups) - len(kept)
    if again == 0 or answers is None:
        return np.arange(len(groups)), answers, ()
    y = answers.y
    if join:
        merged = y.copy()
        np.maximum.at(merged, groups, y)
        note = f"{again:,} rows name a picture again: their labels are joined"
        return kept, replace(answers, y=merged[kept]), (note,)
    unlike = (y != y[groups]) if y.ndim == 1 else (y != y[groups]).any(axis=1)
    if unlike.any():
        row = int(unlike.argmax())
        raise DataError(
            "a picture has one target",
            received=f"two for {files[row]}, in {place(int(groups[row]))} and {place(row)}",
            where=where,
            hint="If several labels may apply: --task multi-label, or task='multi-label'.",
        )
    return kept, replace(answers, y=y[kept]), (f"{again:,} rows name a picture again: left out",)


def ignored_columns_remark(names: Sequence[str]) -> tuple[str, ...]:
    """A remark on columns that are neither pictures nor targets."""
    if not names:
        return ()
    return (
        f"of the table only pictures and targets are read; left out: {listed([*map(repr, names)])}",
    )
