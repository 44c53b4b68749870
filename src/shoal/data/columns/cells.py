"""A column of cells, all text, turned into numbers, booleans, dates or text."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_column import CellColumn
from shoal.data.columns.cell_format import (
    BOOLEANS,
    MINUS,
    PLAIN,
    CellFormat,
    has_leading_zero,
    number_format,
    plain_numbers,
)
from shoal.data.columns.dates import Moments, date_order
from shoal.data.encode.texts import LEAST_TEXTS, look_like_texts
from shoal.data.io.typed_tables import TypedCells
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.io.frames import Holding  # imports pandas, which images do without

MOSTLY_NUMBERS = 0.8
"""From this share of numbers on, text among them is taken for a mistake."""

MANY_TEXTS = 64
"""More different texts than this, most of them unique, look like an id or free text."""

Finding = Literal[
    "numbers",
    "dates",
    "some dates",
    "unread",
    "mixed",
    "different",
    "texts",
    "na",
    "fixed",
    "lost",
]
"""What there is to remark on in a column."""

LEAST_OF_DIGITS = 3
"""Different dates that are all digits, such as 20230105, at least."""

SOME = 64
"""Cells of which none is a date as the others are, and then all of them are no dates."""

LEAST_IN_DISGUISE, MOST_AROUND = 5, 12
"""Different numbers that a column of them has at least; letters and signs around each, at most."""

_DIGITS = re.compile(r"\d[\d.,' ]*(?<=\d)|\d")
_LEADING_ZERO = re.compile(r"-?0\d")
_CODE = re.compile("[A-Z]{2}")


@dataclass(frozen=True, eq=False)
class Cells:
    """A column as ``frames.column_values`` would give it, and what to remark on.

    Attributes:
        holding, values: what it holds.
        missing: where nothing is.
        written: how its cells are written.
        finding: what is worth a remark, if anything.
        example: a cell of which that is true, or how many there are.
    """

    holding: Holding
    values: npt.NDArray[Any]
    missing: npt.NDArray[np.bool_]
    written: CellFormat = PLAIN
    finding: Finding | None = None
    example: str = ""


def read_cells(
    cells: Sequence[str],
    place: Callable[[int], str],
    where: str,
    *,
    decimal: str = ".",
    strict: bool = True,
    asked: Holding | None = None,
) -> Cells:
    """Decide what a column holds, and convert it.

    Args:
        cells: the column's fields, stripped, or `TypedCells`.
        place: the line of each, such as ``line 5``.
        where: file and column, for messages.
        decimal: the file's decimal mark, where cells leave it open.
        strict: whether a column of numbers with some text is refused; else it is text.
        asked: what it is to hold, whatever it looks like: what is no such value is missing.

    Raises:
        DataError: for infinities, for a column of numbers with some text, and for one that
            holds nothing of what was asked for.
    """
    fits = isinstance(cells, TypedCells) and cells.holding == asked
    if asked is not None and not fits:
        from shoal.data.columns.fit import read_as

        shared = cells.tolist() if isinstance(cells, CellColumn) else list(cells)
        return read_as(shared, where, decimal, asked)
    if isinstance(cells, TypedCells):
        return _of_type(cells)
    if isinstance(cells, CellColumn):
        plain = _plain(cells, decimal)
        if plain is not None:
            return plain
        cells = cells.tolist()
    present = {cell for cell in set(cells) if not PLAIN.is_missing(cell)}
    missing = np.array([cell not in present for cell in cells], bool)
    if present and {cell.lower() for cell in present} <= BOOLEANS.keys():
        truth = {cell: BOOLEANS[cell.lower()] for cell in present}
        held = Cells("boolean", _column(cells, truth), missing)
    elif order := _order_of_dates(present):
        written = CellFormat(date=order)
        moments = read_moments(cells, written, lambda row: f"{where}, {place(row)}")
        held = Cells("date", moments, missing, written, "dates", min(present))
    else:
        held = _numbers_or_text(cells, place, where, missing, present, decimal, strict=strict)
    if len(cells) > 1 and (len(present) + bool(held.missing.any())) == 1:
        return replace(held, finding="fixed")
    return held


def _of_type(cells: TypedCells) -> Cells:
    """A column that its format says what it holds."""
    missing = cells.missing
    present = set(cells.values[~missing].tolist())
    written = PLAIN
    finding: tuple[Finding, str] | None = None
    if cells.holding == "text":
        texts = list(cells)
        if "NA" in present:
            written = CellFormat(na=True)
        finding = _finding(texts, present, 0)
    if len(cells) > 1 and len(present) + bool(missing.any()) == 1:
        finding = ("fixed", "")
    elif cells.holding == "date" and present:
        order = "time" if max(present) < _SECOND_DAY else "year-month-day"
        written = CellFormat(date=order)
        finding = ("dates", next(text for text in cells if text))
    values = cells.values.astype(np.float64) if cells.holding == "number" else cells.values
    held = Cells(cells.holding, values, missing, written)
    return held if finding is None else replace(held, finding=finding[0], example=finding[1])


_SECOND_DAY = datetime.datetime(1970, 1, 2)
"""Cells with a time alone are moments before it."""


def _plain(column: CellColumn, decimal: str) -> Cells | None:
    """A column of plain numbers that differ; None where that is not certain at once."""
    if decimal != "." and column.holds("."):
        return None
    found = plain_numbers(column)
    if found is None or has_leading_zero(column):
        return None
    present = found.values[~found.missing]
    if not len(present) or present.min() == present.max():
        return None
    some = {cell for cell in column[:SOME] if not PLAIN.is_missing(cell)}
    if not some or _order_of_dates(some):
        return None  # the cells may be dates: all are looked at
    return Cells("number", found.values, found.missing)


def _order_of_dates(present: Collection[str]) -> str:
    """The order in which cells are dates; such as 20230105 only if there are several."""
    order = date_order(present)
    if order == "yearmonthday":
        return order if len(present) >= LEAST_OF_DIGITS else ""
    return order if any(PLAIN.number(cell) is None for cell in present) else ""


def _numbers_or_text(
    cells: Sequence[str],
    place: Callable[[int], str],
    where: str,
    missing: npt.NDArray[np.bool_],
    present: Collection[str],
    decimal: str,
    *,
    strict: bool,
) -> Cells:
    written = number_format(present, decimal)
    numbers = {cell: written.number(cell) for cell in present}
    text = [i for i, cell in enumerate(cells) if numbers.get(cell, 0.0) is None]
    count = len(cells) - len(text) - int(missing.sum())
    if strict and text and count >= MOSTLY_NUMBERS * (count + len(text)):
        raise DataError(
            "a column holds numbers or text, not both",
            expected="a number or a blank",
            received=repr(cells[text[0]]) + (f" ({len(text)} such)" if len(text) > 1 else ""),
            where=f"{where}, {place(text[0])}",
            hint="If what is no number is missing, say so: --numeric. If these are names: "
            "--categorical.",
        )
    if text:
        return texts_of(cells, missing, present, count)
    values = _column(cells, {cell: v for cell, v in numbers.items() if v is not None})
    if np.isinf(values).any():
        if not strict:
            return texts_of(cells, missing, present, 0)
        check_finite_cells(values, cells, lambda row: f"{where}, {place(row)}")
    example = _unusual(cells, present, written)
    found: Finding | None = "numbers" if example else None
    return Cells("number", values, missing, written, found, example)


def _unusual(cells: Sequence[str], present: Collection[str], written: CellFormat) -> str:
    """A number that is written otherwise than Python would; empty if there is none."""
    if written == PLAIN:
        return next((cell for cell in cells if MINUS in cell or _LEADING_ZERO.match(cell)), "")
    for cell in cells:
        if cell in present and (MINUS in cell or PLAIN.number(cell) is None):
            return cell
    points = written.thousands == "."
    return next((cell for cell in cells if points and cell in present and "." in cell), "")


def as_they_are(cells: Sequence[str]) -> Cells:
    """A column of texts: a blank one is an empty text, and "NA" says what it says."""
    return Cells("text", np.array([*cells, None], object)[:-1], np.zeros(len(cells), bool))


def read_moments(cells: Sequence[Any], written: CellFormat, place: Callable[[int], str]) -> Moments:
    """The dates of cells, NaT where they are missing.

    Raises:
        DataError: a cell is no date as this column writes them.
    """
    found: dict[Any, Any] = {}
    for row, cell in enumerate(cells):
        if cell in found:
            continue
        gone = cell is None or written.is_missing(cell)
        moment = np.datetime64("NaT", "s") if gone else written.moment(cell)
        if moment is None and written.lenient:
            moment = np.datetime64("NaT", "s")
        if moment is None:
            raise DataError(
                "the column holds dates, as in training",
                expected=f"a {'time' if written.date == 'time' else 'date'} as "
                f"{written.date or 'year-month-day'}",
                received=repr(cell),
                where=place(row),
            )
        found[cell] = moment
    return np.array([found[cell] for cell in cells], "datetime64[s]")


def check_finite_cells(
    values: npt.NDArray[np.float64], cells: Sequence[Any], place: Callable[[int], str]
) -> None:
    """Refuse infinities, naming the first.

    Raises:
        DataError: with its place.
    """
    infinite = np.isinf(values)
    if infinite.any():
        first = int(infinite.argmax())
        raise DataError(
            "numbers are finite",
            received=repr(cells[first]),
            where=place(first),
            hint="Leave a missing value blank.",
        )


def texts_of(
    cells: Sequence[str],
    missing: npt.NDArray[np.bool_],
    present: Collection[str],
    numbers: int,
    *,
    told: bool = True,
) -> Cells:
    """A column of text; the letters NA are a value among codes of two letters.

    Args:
        cells: as they are written.
        missing: where nothing is.
        present: the different ones of the others.
        numbers: how many of them are numbers.
        told: whether there is a remark on what it looks like.
    """
    written = PLAIN
    codes = [cell for cell in present if _CODE.fullmatch(cell)]
    if "NA" in cells and len(codes) == len(present) > 1:
        written = CellFormat(na=True)
        missing = np.array([written.is_missing(cell) for cell in cells], bool)
    kept = (None if gone else cell for cell, gone in zip(cells, missing, strict=True))
    objects = np.array([*kept, None], object)
    held = Cells("text", objects[:-1], missing, written)
    finding = _finding(cells, present, numbers) if told else None
    if finding is None and written.na:
        finding = ("na", "NA")
    return held if finding is None else replace(held, finding=finding[0], example=finding[1])


def _finding(
    cells: Sequence[str], present: Collection[str], numbers: int
) -> tuple[Finding, str] | None:
    if _numbers_in_disguise(present):
        return "unread", min(present, key=lambda cell: (len(cell), cell))
    dated = {cell for cell in present if date_order({cell})}
    if len(dated) > 1 and len(dated) >= MOSTLY_NUMBERS * len(present):
        return "some dates", next((c for c in cells if c in present and c not in dated), min(dated))
    if numbers:
        return "mixed", ""
    if len(present) >= LEAST_TEXTS and look_like_texts(cells):
        return "texts", str(len(present))
    if len(present) > max(MANY_TEXTS, len(cells) / 2):
        return "different", str(len(present))
    return None


def _numbers_in_disguise(present: Collection[str]) -> bool:
    """Whether most cells are numbers with the same around or between them, such as (5) or 12 kg.

    Letters before a number make a name of it, such as A10.
    """
    shapes = Counter(_DIGITS.sub("#", cell) for cell in present if not cell[:1].isalpha())
    shape, count = (shapes.most_common(1) or [("", 0)])[0]
    alike = count >= max(MOSTLY_NUMBERS * len(present), LEAST_IN_DISGUISE)
    return alike and "#" in shape and len(shape) <= MOST_AROUND and shape.count("#") <= 3


def _column(cells: Sequence[str], numbers: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """The cells' numbers, NaN where they have none."""
    return np.array([numbers.get(cell, np.nan) for cell in cells], np.float64)
