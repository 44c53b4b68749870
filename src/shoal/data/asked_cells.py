"""A column that is to hold what the user says, whatever its cells look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.data.cell_format import PLAIN, CellFormat, number_format
from shoal.data.cells import Cells, texts_of
from shoal.data.dates import DATE_ORDERS, date_order, read_date
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.frames import Holding


def read_asked(cells: Sequence[str], where: str, decimal: str, asked: Holding) -> Cells:
    """The column as numbers, dates or text; other cells are missing, which is told.

    Args:
        cells: as they are written.
        where: file and column.
        decimal: the file's decimal mark.
        asked: ``number``, ``date`` or ``text``.

    Raises:
        DataError: no cell is what was asked for.
    """
    present = {cell for cell in set(cells) if not PLAIN.is_missing(cell)}
    if asked == "text":
        missing = np.array([cell not in present for cell in cells], bool)
        return texts_of(cells, missing, present, 0, told=False)
    found: dict[str, Any]
    if asked == "number":
        written = number_format(present, decimal)
        found = {cell: number for cell in present if _finite(number := written.number(cell))}
        values = np.array([found.get(cell, np.nan) for cell in cells], np.float64)
    else:
        written = CellFormat(date=_likeliest_order(present))
        moments = {cell: read_date(cell, written.date) for cell in present}
        found = {cell: moment for cell, moment in moments.items() if moment is not None}
        gone = np.datetime64("NaT", "s")
        values = np.array([found.get(cell, gone) for cell in cells], "datetime64[s]")
    missing = np.array([cell not in found for cell in cells], bool)
    if not found:
        raise DataError(
            f"the column holds {asked}s, as was asked for",
            received=f"none, but such as {min(present)!r}" if present else "only blanks",
            where=where,
            hint="A count of days or seconds is a number: make dates of it first."
            if asked == "date"
            else None,
        )
    lost = sorted(present - found.keys())
    if not lost:
        return Cells(asked, values, missing, written)
    return Cells(asked, values, missing, replace(written, lenient=True), "lost", lost[0])


def _finite(number: float | None) -> bool:
    return number is not None and bool(np.isfinite(number))


def _likeliest_order(cells: set[str]) -> str:
    """The order in which most cells are dates."""
    order = date_order(cells)
    if order:
        return order
    counts = {o: {c for c in cells if read_date(c, o) is not None} for o in DATE_ORDERS}
    best = max(counts, key=lambda o: len(counts[o]))
    return date_order(counts[best]) or best
