"""Columns of numbers that are written as Python writes them, read at one go.

What is unusual in any way is left to `cells.py`, cell by different cell: both find the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shoal.data.cell_column import END, CellColumn
from shoal.data.cell_format import PLAIN

_SIGNS = b"0123456789+-.eE\0"
_FIRST = frozenset("0123456789+-.")


class PlainNumbers(NamedTuple):
    """A column's numbers, NaN where a cell is missing, and where it is."""

    values: npt.NDArray[np.float64]
    missing: npt.NDArray[np.bool_]


def plain_numbers(column: CellColumn) -> PlainNumbers | None:
    """The numbers of a column; None where a cell is neither a plain finite one nor missing."""
    values = np.empty(len(column), np.float64)
    plain = not column.data.translate(None, _SIGNS)
    start = 0
    for cells in column.blocks():
        numbers = _numbers(cells, plain=plain)
        if numbers is None:
            return None
        values[start : start + len(cells)] = numbers
        start += len(cells)
    if np.isinf(values).any():
        return None
    return PlainNumbers(values, np.isnan(values))


def _numbers(cells: list[str], *, plain: bool) -> npt.NDArray[np.float64] | None:
    """The numbers of some cells, NaN for missing ones; None if one is neither.

    Args:
        cells: as they are written.
        plain: whether they hold nothing but digits and what else numbers have.
    """
    gone = {""}
    if not plain:
        gone |= {cell for cell in cells if cell[:1] not in _FIRST}
        rest = END.join(cell for cell in cells if cell not in gone)
        odd = rest.encode("utf-8", "surrogatepass").translate(None, _SIGNS)
        if odd or not all(PLAIN.is_missing(cell) for cell in gone):
            return None
    try:
        if "" not in cells and len(gone) == 1:
            return np.fromiter(map(float, cells), np.float64, len(cells))
        numbers = (np.nan if cell in gone else float(cell) for cell in cells)
        return np.fromiter(numbers, np.float64, len(cells))
    except ValueError:
        return None


def has_leading_zero(column: CellColumn) -> bool:
    """Whether some number begins with a zero that it does not need, such as 007 or -01.5."""
    data = np.frombuffer(column.data + b"\0\0", np.uint8)
    at = column.starts
    at = at + (data[at] == ord("-"))
    at = at[data[at] == ord("0")]
    behind = data[at + 1]
    return bool(((behind >= ord("0")) & (behind <= ord("9"))).any())
