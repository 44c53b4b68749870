"""What stands around a table's rows: comments, headers, row names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from shoal.data.columns.cell_column import FieldRows
from shoal.data.columns.cell_format import MISSING
from shoal.data.columns.dates import date_order
from shoal.data.io.delimited import DELIMITERS, SAMPLE, Rows
from shoal.errors import DataError

_SEP = re.compile(r'"?sep=(.)"?\r?(\n|$)', re.IGNORECASE)

RARELY = 0.1
"""A nameless last column may hold something in so many of the rows, at most."""

TOTALS = frozenset({"total", "totals", "sum", "grand total", "summe", "gesamt", "average", "mean"})
"""What the first cell of a line says that sums others up."""


def excel_separator(text: str) -> tuple[str | None, str]:
    """The delimiter that Excel's first line ``sep=;`` names, and the text below it."""
    found = _SEP.match(text)
    return (None, text) if found is None else (found[1], text[found.end() :])


def without_comments(text: str) -> tuple[str, int, list[str]]:
    """The text without the lines above the header that begin with ``#``, and how many they were.

    The last of them is the header itself if it has the delimiters of the line below.
    """
    if not text.startswith("#"):
        return text, 0, []
    lines = text.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if 0 < count < len(lines) and _delimiters(lines[count - 1]) == _delimiters(lines[count]) != {}:
        count -= 1
    if count == 0:
        return text, 0, []
    what = "a line of comment was" if count == 1 else f"{count} lines of comment were"
    return "\n".join(lines[count:]), count, [f"{what} left out, above the header"]


def spaces_as_tabs(text: str) -> str | None:
    """The text with tabs between fields that spaces separate; None if none or others do."""
    lines = text.splitlines()
    sample = [line.split() for line in lines[:SAMPLE] if line.strip()]
    counts = {len(fields) for fields in sample[1:]}
    if len(counts) != 1 or counts == {1} or any(d in "".join(lines[:SAMPLE]) for d in ',;|"'):
        return None
    return "\n".join("\t".join(line.split()) for line in lines)


def _delimiters(line: str) -> dict[str, int]:
    """How often each possible delimiter stands in a line."""
    return {delimiter: line.count(delimiter) for delimiter in DELIMITERS if delimiter in line}


def settle_empty_lines(rows: Rows) -> tuple[Rows, list[str]]:
    """The rows without empty lines; in a file of one column they are rows of an empty cell.

    There only those at the end are none: nobody can tell them from a file's last line break.
    """
    lengths = rows.fields.lengths
    empty = np.flatnonzero(lengths == 0).tolist()
    present = np.flatnonzero(lengths > 0)
    if not len(present) or lengths[present[0]] > 1:
        short = np.flatnonzero(lengths < 2).tolist()
        return rows.without({i for i in short if not any(rows.fields[i])}), []
    header, last = int(present[0]), int(present[-1])
    kept = [i for i in empty if header < i < last]
    ended = [i for i in empty if i > last]
    fields = FieldRows.of(row or [""] for row in rows.fields)
    notes = []
    if kept:
        notes.append(
            f"empty lines are rows with an empty cell: {len(kept)} in a file of one column"
        )
    if ended:
        notes.append(
            f'empty lines at the end are no rows: {len(ended)} (an empty cell there is written "")'
        )
    told = Rows(fields, rows.lines, rows.style, rows.notes)
    return told.without({i for i in empty if i not in kept}), notes


def fit_header(
    names: list[str], body: FieldRows, lines: Sequence[int], where: str
) -> tuple[list[str], FieldRows, list[str]]:
    """Names and rows of one length: R's row names and empty last columns are left out.

    Raises:
        DataError: a row has another number of fields.
    """
    notes: list[str] = []
    if (body.lengths == len(names) + 1).all():
        if not any(row[-1] for row in body):
            body = FieldRows.of(row[:-1] for row in body)
        elif _are_row_names([row[0] for row in body]):
            body = FieldRows.of(row[1:] for row in body)
            notes.append("the rows begin with names that the header leaves out: they are no input")
    other = body.lengths != len(names)
    if other.any():
        first = int(other.argmax())
        raise DataError(
            "every row has a field for each column of the header",
            expected=f"{len(names)} field{'' if len(names) == 1 else 's'}",
            received=f"{len(body[first])}",
            where=f"{where}, line {lines[first]}",
            hint=_advice(body[first], names),
        )
    used = len(names)
    while used > 1 and not names[used - 1] and _filled(body, used - 1) <= RARELY * len(body):
        used -= 1
    if used < len(names):
        filled = sum(any(row[used:]) for row in body)
        what = f"hold something in {filled} rows" if filled else "are empty"
        notes.append(f"columns {used + 1} to {len(names)} have no name and {what}: left out")
        if len(names) - used == 1:
            what = f"holds something in {filled} rows" if filled else "is empty"
            notes[-1] = f"column {len(names)} has no name and {what}: left out"
        names, body = names[:used], FieldRows.of(row[:used] for row in body)
    if len(body) > 1 and body[-1][0].lower().rstrip(":") in TOTALS:
        notes.append(
            f"the last row begins with {body[-1][0]!r}: remove it if it sums up those above"
        )
    return names, body, notes


def _filled(body: FieldRows, column: int) -> int:
    return sum(bool(row[column]) for row in body)


def _are_row_names(cells: list[str]) -> bool:
    """Whether cells name rows: all different, and if they are numbers, rising whole ones."""
    if len(set(cells)) < len(cells) or not all(cells):
        return False
    if not all(re.fullmatch(r"[+-]?[\d.,]+", cell) for cell in cells):
        return True
    if not all(cell.isdecimal() for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    return numbers == sorted(numbers)


def _advice(row: list[str], names: list[str]) -> str | None:
    if row[0].startswith("#"):
        return "Remove comments."
    if len(names) == 1:
        return "A text that holds the delimiter is put in quotes."
    return None


SAMPLE_ROWS, CELLS = 500, 100_000
"""Rows and cells by which it is judged, at most."""

LEAST_ROWS = 10
"""Of text alone at least, before a first line whose cells all occur again is a row."""

_NUMBER = re.compile(r"[+\-−]?[€$£¥]?[+-]?(?:\d[\d.,'’  ]*|[.,]\d+)(?:[eE][+-]?\d+)?\s?[%€$£¥‰°]?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_WHOLE = re.compile(r"\d{1,9}(?:\.0)?")


def names_columns(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool | None:
    """Whether the first row of a table is a header; None: nothing tells.

    In a column of numbers, or of dates, a header is something else, and a row is not. Where
    all columns are text, a row's cells occur again below. Whole numbers that rise by one
    from column to column, as no row below does, are a header: pandas writes such.

    Args:
        first: the cells of the first row.
        body: the other rows.
    """
    sample = body[: min(SAMPLE_ROWS, CELLS // max(1, len(first)) + 10)]
    rows = [row for row in sample if len(row) == len(first)]
    if not rows or len(rows) < len(sample):
        return None
    columns = [
        [cell for cell in column if not _missing(cell)] for column in zip(*rows, strict=True)
    ]
    typed = [j for j, column in enumerate(columns) if column and all(map(_is_value, column))]
    given = [j for j in typed if not _missing(first[j])]
    if any(not _is_value(first[j]) for j in given):
        return True
    if not given:
        return _of_text(first, columns, len(rows))
    if len(set(first)) == len(first) and _rising(first, rows, typed):
        return True
    # A name is none of a column's few different texts.
    named = [
        j
        for j, column in enumerate(columns)
        if j not in typed and len(set(column)) <= len(column) / 2 and first[j] not in column
    ]
    return len(named) > len(given)


def _of_text(first: Sequence[str], columns: Sequence[Sequence[str]], rows: int) -> bool | None:
    """Where no column is one of numbers."""
    present = [j for j, cell in enumerate(first) if not _missing(cell)]
    again = [j for j in present if first[j] in columns[j]]
    enough = rows >= LEAST_ROWS and len(present) > 1
    return False if enough and len(again) == len(present) else None


def _rising(first: Sequence[str], rows: Sequence[Sequence[str]], typed: Sequence[int]) -> bool:
    """Whether the cells of these columns are such as 0, 1, 2 or 2019, 2020, 2021, and no row is."""

    def steps(row: Sequence[str]) -> bool:
        cells = [row[j] for j in typed]
        if not all(_WHOLE.fullmatch(cell) for cell in cells):
            return False
        numbers = [int(float(cell)) for cell in cells]
        return all(b - a == 1 for a, b in pairwise(numbers))

    start = first[typed[0]]
    known = len(typed) > 1 and (start == "0" or _YEAR.fullmatch(start) is not None)
    return (known or len(typed) > 2) and steps(first) and not any(map(steps, rows))


def _is_value(cell: str) -> bool:
    """Whether a cell is a number, a date or a truth value, however it is written."""
    if cell.lower() in ("true", "false", "inf", "-inf"):
        return True
    return bool(_NUMBER.fullmatch(cell)) or bool(cell[:1].isdigit() and date_order({cell}))


def _missing(cell: str) -> bool:
    return cell.lower() in MISSING
