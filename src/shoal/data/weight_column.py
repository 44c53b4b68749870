"""A table's column that says how much each row counts."""

from __future__ import annotations

import difflib
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shoal.data.cells import read_cells
from shoal.data.example_weights import check_weights
from shoal.data.sheet import Sheet
from shoal.errors import DataError


def take_weights(
    sheet: Sheet, weight: str, target: str | None
) -> tuple[Sheet, npt.NDArray[np.float64]]:
    """The table without this column, and its numbers.

    Raises:
        DataError: there is no such column, it is the target, or it holds something
            else than finite numbers from 0.
    """
    if weight == target:
        raise DataError(
            "the weight and the target are two columns", received=repr(weight), where=sheet.where
        )
    if weight not in sheet.names:
        near = difflib.get_close_matches(weight, sheet.names, 1)
        raise DataError(
            "the weight is a column of the table",
            expected=f"one of {', '.join(map(repr, sheet.names[:30]))}",
            received=repr(weight),
            where=sheet.where,
            hint=f"Did you mean {near[0]!r}?" if near else None,
        )
    at = sheet.names.index(weight)
    place = f"{sheet.where}, column {weight!r}"
    cells = read_cells(sheet.columns[at], sheet.place, place)
    if cells.missing.any() or cells.holding in ("text", "date"):
        blank = np.flatnonzero(cells.missing)
        raise DataError(
            "every row has a weight, a number",
            received=f"none in {sheet.place(blank[0])}"
            if len(blank)
            else "dates"
            if cells.holding == "date"
            else "text",
            where=place,
        )
    names = [name for name in sheet.names if name != weight]
    columns = [column for i, column in enumerate(sheet.columns) if i != at]
    rest = replace(sheet, names=names, columns=columns)
    return rest, check_weights(cells.values, len(sheet.lines), place)
