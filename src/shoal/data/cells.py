"""A column of cells, all text, turned into numbers, booleans or text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.frames import Holding  # imports pandas, which images do without

MISSING = frozenset({"", "?", "na", "n/a", "#n/a", "<na>", "nan", "null"})
"""What stands for a missing value, in any case of letters."""

BOOLEANS = {"true": 1.0, "false": 0.0}

MOSTLY_NUMBERS = 0.8
"""From this share of numbers on, text among them is taken for a mistake."""

MANY_TEXTS = 64
"""More different texts than this, most of them unique, look like an id or free text."""


@dataclass(frozen=True, eq=False)
class Cells:
    """A column as ``frames.column_values`` would give it, and a remark for the user."""

    holding: Holding
    values: npt.NDArray[Any]
    missing: npt.NDArray[np.bool_]
    note: str | None = None


def read_cells(cells: Sequence[str], lines: Sequence[int], where: str) -> Cells:
    """Decide what a column holds, and convert it.

    Args:
        cells: the column's fields, stripped.
        lines: the line of each.
        where: file and column, for messages.

    Raises:
        DataError: for infinities, and for a column of numbers with some text.
    """
    meaning = {cell: _meaning(cell) for cell in set(cells)}
    missing = np.array([meaning[cell] is MISSING for cell in cells], bool)
    words = {cell.lower() for cell, value in meaning.items() if value is not MISSING}
    if words and words <= BOOLEANS.keys():
        return Cells(
            "boolean", _column(cells, {c: BOOLEANS.get(c.lower()) for c in meaning}), missing
        )
    text = [i for i, cell in enumerate(cells) if meaning[cell] is None]
    numbers = len(cells) - len(text) - int(missing.sum())
    if not text:
        return Cells("number", _finite(_column(cells, meaning), cells, lines, where), missing)
    if numbers >= MOSTLY_NUMBERS * (numbers + len(text)):
        raise DataError(
            "a column holds numbers or text, not both",
            expected="a number or a blank",
            received=repr(cells[text[0]]) + (f" ({len(text)} such)" if len(text) > 1 else ""),
            where=f"{where}, line {lines[text[0]]}",
        )
    objects = np.array(
        [None if gone else cell for cell, gone in zip(cells, missing, strict=True)], object
    )
    return Cells("text", objects, missing, _note(where.rsplit(", ", 1)[-1], numbers, meaning, text))


def as_they_are(cells: Sequence[str]) -> Cells:
    """A column of texts: a blank one is an empty text, and "NA" says what it says."""
    return Cells("text", np.array([*cells, None], object)[:-1], np.zeros(len(cells), bool))


def _note(column: str, numbers: int, meaning: Collection[str], text: Sequence[int]) -> str | None:
    if numbers:
        return f"{column} mixes numbers and text and is taken as text"
    if len(meaning) > max(MANY_TEXTS, len(text) / 2):
        return f"{column} holds {len(meaning)} different texts: most are not told apart"
    return None


def _meaning(cell: str) -> float | frozenset[str] | None:
    """The cell's number, ``MISSING``, or None for text."""
    if cell.lower() in MISSING:
        return MISSING
    if "_" in cell:  # Python would read 1_2 as 12
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _column(
    cells: Sequence[str], meaning: Mapping[str, float | frozenset[str] | None]
) -> npt.NDArray[np.float64]:
    """The cells' numbers, NaN where they have none."""
    numbers = {c: v if isinstance(v, float) else np.nan for c, v in meaning.items()}
    return np.array([numbers[cell] for cell in cells])


def _finite(
    values: npt.NDArray[np.float64], cells: Sequence[str], lines: Sequence[int], where: str
) -> npt.NDArray[np.float64]:
    infinite = np.isinf(values)
    if infinite.any():
        first = int(infinite.argmax())
        raise DataError(
            "numbers are finite",
            received=repr(cells[first]),
            where=f"{where}, line {lines[first]}",
            hint="Leave a missing value blank.",
        )
    return values
