"""Tables from CSV and TSV files: every complaint names the line and the column.

The file is read with the standard library's reader rather than pandas', which
says less of where a row is wrong and quietly accepts some that are.
"""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from shoal.data.cells import Cells, read_cells
from shoal.data.dataset import Dataset, Task
from shoal.data.frames import as_series
from shoal.data.leaks import revealing_columns
from shoal.data.targets import encode_target, whole_numbers_are_classes
from shoal.errors import DataError


@dataclass(frozen=True)
class Sheet:
    """A file's header and cells, still text.

    Attributes:
        where: the file.
        names: the header.
        columns: the cells, by column.
        lines: the line on which each row begins.
    """

    where: str
    names: list[str]
    columns: list[tuple[str, ...]]
    lines: list[int]


def load_csv(
    path: Path, *, target: str | None, need_target: bool, task: Task | None = None
) -> Dataset:
    """A data set from a table with a header; the target is the last column unless named.

    A target of text or booleans is a classification; one of numbers as
    ``whole_numbers_are_classes`` has it.

    Args:
        path: the file; commas (or semicolons, if the header has no comma), tabs
            for ``.tsv``.
        target: name of the target column. Without one, and if ``need_target`` is
            False, all columns are inputs.
        need_target: whether the target column must be there and complete.
        task: overrides the guess.

    Raises:
        DataError: with file, line and column of what is wrong.
    """
    sheet, notes = _without_row_numbers(read_sheet(path))
    if need_target and target is None:
        target = sheet.names[-1]
    if target is not None and target not in sheet.names and need_target:
        raise _no_such_column(sheet, target)
    cells = {
        name: read_cells(column, sheet.lines, f"{sheet.where}, column {name!r}")
        for name, column in zip(sheet.names, sheet.columns, strict=True)
    }
    answer = cells.pop(target) if target in cells and target is not None else None
    if not cells:
        raise DataError(
            "a table has columns besides the target", received=f"only {target!r}", where=sheet.where
        )
    frame = pd.DataFrame({name: as_series(c.holding, c.values) for name, c in cells.items()})
    notes += [c.note for c in cells.values() if c.note]
    if answer is None or (not need_target and answer.missing.any()):
        return Dataset(
            sheet.where,
            "table",
            task or "classification",
            frame,
            None,
            target=target,
            notes=tuple(notes),
        )
    return _with_target(sheet, frame, answer, str(target), task, notes, judge=need_target)


def _with_target(
    sheet: Sheet,
    frame: pd.DataFrame,
    answer: Cells,
    target: str,
    task: Task | None,
    notes: list[str],
    *,
    judge: bool,
) -> Dataset:
    place = f"{sheet.where}, column {target!r}"
    if answer.missing.any():
        lines = [sheet.lines[i] for i in np.flatnonzero(answer.missing)]
        shown = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
        raise DataError(
            "every row needs a target",
            received=f"{len(lines)} blank, in line {shown}",
            where=place,
            hint="Remove these rows or fill the target in.",
        )
    values = answer.values
    if answer.holding == "number":
        if task is None:
            classes = whole_numbers_are_classes(values)
            task = "classification" if classes else "regression"
            if classes and len(np.unique(values)) > 2:
                notes.append(
                    f"target {target!r} holds {len(np.unique(values))} different whole "
                    "numbers, taken as classes"
                )
    elif answer.holding == "boolean":
        values = values == 1
    task, y, names = encode_target(values, task=task, classes=None, where=place)
    if judge:
        notes += [
            f"column {name!r} determines the target {target!r}: if it would not be known "
            "when predicting, remove it"
            for name in revealing_columns(frame, y, task)
        ]
    return Dataset(sheet.where, "table", task, frame, y, names, target, notes=tuple(notes))


def read_sheet(path: Path) -> Sheet:
    """The header and cells of a CSV or TSV file.

    Raises:
        DataError: if it is not UTF-8, empty, has no header, names two columns
            alike, or has rows of different lengths.
    """
    where = str(path)
    text = _decode(path.read_bytes(), where)
    rows, lines = _parse(text, _delimiter(path, text), where)
    if not rows:
        raise DataError("a table has a header and rows", received="an empty file", where=where)
    names = rows.pop(0)
    header_line = lines.pop(0)
    _check_header(names, f"{where}, line {header_line}")
    if not rows:
        raise DataError("a table has rows below its header", received="only a header", where=where)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(names):
            raise DataError(
                "every row has a field for each column of the header",
                expected=f"{len(names)} fields",
                received=f"{len(row)}",
                where=f"{where}, line {line}",
            )
    return Sheet(where, names, list(zip(*rows, strict=True)), lines)


def _decode(data: bytes, where: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise DataError(
            "a table is text in UTF-8",
            received=f"byte 0x{data[error.start]:02x} at position {column}",
            where=f"{where}, line {line}",
            hint="Save it again as UTF-8.",
        ) from None
    if "\0" in text:
        raise DataError(
            "a table is text",
            received="a zero byte",
            where=f"{where}, line {text.count(chr(10), 0, text.index(chr(0))) + 1}",
        )
    return text


def _delimiter(path: Path, text: str) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = text.lstrip().split("\n", 1)[0]
    return ";" if ";" in header and "," not in header else ","


def _parse(text: str, delimiter: str, where: str) -> tuple[list[list[str]], list[int]]:
    """Rows of stripped cells, and the lines on which they begin; empty lines are skipped."""
    # Quotes mean nothing in a TSV: a text with one apostrophe must not swallow the file.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=quoting,
        skipinitialspace=delimiter != "\t",
        strict=True,
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    begin = 1
    try:
        for row in reader:
            if any(row) or len(row) > 1:
                rows.append([cell.strip() for cell in row])
                lines.append(begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            "fields are separated, and quoted where they need it",
            received=str(error),
            where=f"{where}, line {begin}",
            hint="Look for a quote that is not closed.",
        ) from None
    return rows, lines


def _check_header(names: list[str], where: str) -> None:
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if name and name in seen:
            raise DataError(
                "the names of the columns differ",
                received=f"{name!r} twice",
                where=where,
                hint="The first line names the columns." if _is_number(name) else None,
            )
        if not name and position > 1:
            raise DataError(
                "every column has a name in the header",
                received=f"no name for column {position}",
                where=where,
            )
        seen.add(name)
    if all(_is_number(name) for name in names):
        raise DataError(
            "the first line names the columns",
            received=f"numbers: {', '.join(names[:4])}{', …' * (len(names) > 4)}",
            where=where,
            hint="Put a line with names above the data.",
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _without_row_numbers(sheet: Sheet) -> tuple[Sheet, list[str]]:
    """Drop the nameless first column that counts the rows, which pandas writes unasked."""
    numbers = sum(_is_number(name) for name in sheet.names)
    notes = (
        [f"{numbers} of {len(sheet.names)} column names are numbers: is the first line a header?"]
        if numbers
        else []
    )
    if sheet.names[0]:
        return sheet, notes
    cells = sheet.columns[0]
    if not any(cells == tuple(str(i + start) for i in range(len(cells))) for start in (0, 1)):
        raise DataError(
            "every column has a name in the header",
            received="no name for column 1",
            where=sheet.where,
        )
    if len(sheet.names) == 1:
        raise DataError("a table has columns", received="only row numbers", where=sheet.where)
    kept = Sheet(sheet.where, sheet.names[1:], sheet.columns[1:], sheet.lines)
    return kept, [*notes, "the nameless first column counts the rows and was left out"]


def _no_such_column(sheet: Sheet, target: str) -> DataError:
    shown = ", ".join(map(repr, sheet.names[:30])) + (", …" if len(sheet.names) > 30 else "")
    near = difflib.get_close_matches(target, sheet.names, 1)
    return DataError(
        "the target is a column of the table",
        expected=f"one of {shown}",
        received=repr(target),
        where=sheet.where,
        hint=f"Did you mean {near[0]!r}?" if near else None,
    )
