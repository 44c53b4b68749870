"""Whether the first line of a table names its columns, or is a row like the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from shoal.data.cell_format import MISSING
from shoal.data.dates import date_order

SAMPLE, CELLS = 500, 100_000
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
    sample = body[: min(SAMPLE, CELLS // max(1, len(first)) + 10)]
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
