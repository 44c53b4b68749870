"""How the cells of a column are written: decimal commas, thousands, units, dates.

The format is found once, in training, and kept with the model. So a cell means the same
whatever stands beside it.

Columns of numbers that are written as Python writes them are read in one go. What is unusual in
any way is left to `cells.py`, which reads cell by different cell. Both give the same result.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_column import END, CellColumn
from shoal.data.columns.dates import DATE_ORDERS, Moment, read_date
from shoal.utils.schema import typed

MISSING = frozenset({"", "?", "na", "n/a", "#n/a", "<na>", "nan", "null"})
"""What stands for a missing value, in any case of letters."""

BOOLEANS = {"true": 1.0, "false": 0.0}

MINUS = "\u2212"
"""The real minus sign, which Python does not read."""

SPACES = " \u00a0\u202f\u2009"
"""What may stand between groups of three digits where a space does."""

UNITS = ("%", "‰", "°C", "°F", "°", "€", "$", "£", "¥", "USD", "EUR", "GBP", "CHF", "JPY")
"""What may stand before or behind each number of a column, and is taken off."""


@dataclass(frozen=True)
class CellFormat:
    """How cells are written.

    Attributes:
        decimal: the decimal mark, a point or a comma.
        thousands: what stands between groups of three digits, if anything may.
        before, behind: the unit that stands before or behind every number.
        date: the order of a date's parts, one of `DATE_ORDERS`; empty: no dates.
        na: whether the letters NA are a value, such as a country's code.
        lenient: whether what is no number, or no date, is missing.
    """

    decimal: Literal[".", ","] = "."
    thousands: str = ""
    before: str = ""
    behind: str = ""
    date: str = ""
    na: bool = False
    lenient: bool = False

    def number(self, cell: str) -> float | None:
        """The number of a cell; None if it is none. Infinities are numbers here."""
        if self.as_python:
            return _python_number(cell)
        found = self._pattern.fullmatch(cell.replace(MINUS, "-"))
        if found is None:
            return None
        digits = found["number"]
        if self.thousands:
            digits = re.sub(self._groups, "", digits)
        return float(found["sign"] + found["late"] + digits.replace(self.decimal, "."))

    def moment(self, cell: str) -> Moment | None:
        """The date or time of a cell; None if it is none."""
        return read_date(cell, self.date)

    def is_missing(self, cell: str) -> bool:
        """Whether a cell stands for a missing value."""
        return cell.lower() in MISSING and not (self.na and cell == "NA")

    @cached_property
    def as_python(self) -> bool:
        """Whether numbers are written as Python writes them."""
        return (self.decimal, self.thousands, self.before, self.behind) == (".", "", "", "")

    @property
    def _groups(self) -> str:
        if self.thousands == " ":
            return f"[{SPACES}]"
        return "['’]" if self.thousands == "'" else re.escape(self.thousands)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        whole = r"\d+"
        if self.thousands:
            whole = rf"(?:[1-9]\d{{0,2}}(?:{self._groups}\d{{3}})+|\d+)"
        mark = re.escape(self.decimal)
        number = rf"(?P<number>(?:{whole}(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?)"
        gap = f"[{SPACES}]?"
        before = f"(?:{re.escape(self.before)}{gap})" if self.before else ""
        behind = f"(?:{gap}{re.escape(self.behind)})" if self.behind else ""
        late = "(?P<late>)" if not before else "(?P<late>(?<![+-])[+-]?)"
        return re.compile(rf"(?P<sign>[+-]?){before}{late}{number}{behind}", re.ASCII)

    def told(self) -> str:
        """What is unusual about it, for a remark."""
        parts = []
        if self.decimal == ",":
            parts.append("decimal commas")
        if self.thousands:
            names = {" ": "spaces", "'": "apostrophes", ",": "commas", ".": "points"}
            parts.append(f"{names[self.thousands]} between thousands")
        if self.before or self.behind:
            parts.append(repr(self.before or self.behind))
        return " and ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """The format as plain data."""
        told = asdict(self)
        if not self.lenient:
            del told["lenient"]
        return told

    @classmethod
    def from_json(cls, data: Any) -> CellFormat:
        """The format that ``to_json`` wrote.

        Raises:
            KeyError, TypeError, ValueError: if it is nothing of the kind.
        """
        data = typed(data, dict)
        texts = ("decimal", "thousands", "before", "behind", "date")
        decimal, thousands, before, behind, date = (typed(data[name], str) for name in texts)
        if decimal not in (".", ",") or thousands not in ("", ",", ".", " ", "'"):
            raise ValueError("a decimal mark, and what is between thousands")
        if decimal == thousands or not {before, behind} <= {"", *UNITS} or (before and behind):
            raise ValueError("one unit, and marks that differ")
        if date not in ("", *DATE_ORDERS):
            raise ValueError(f"an order of a date's parts, not {date!r}")
        mark: Literal[".", ","] = "," if decimal == "," else "."
        na, lenient = typed(data["na"], bool), typed(data.get("lenient", False), bool)
        return cls(mark, thousands, before, behind, date, na, lenient)


PLAIN = CellFormat()

_MARKS = (
    CellFormat(","), CellFormat(thousands=","), CellFormat(",", "."), CellFormat(",", " "),
    CellFormat(",", "'"), CellFormat(thousands=" "), CellFormat(thousands="'"),
)  # fmt: skip
"""Ways to write numbers, the simpler ones first."""


def number_format(cells: Collection[str], decimal: str) -> CellFormat:
    """The way in which most of these cells are numbers; the simplest of several.

    Args:
        cells: different ones that are not missing.
        decimal: the decimal mark where cells such as 1,234 leave it open.
    """
    plain = all(PLAIN.number(cell) is not None for cell in cells)
    if not cells or (plain and (decimal == "." or not any("." in cell for cell in cells))):
        return PLAIN
    before, behind = _unit(cells)
    marks = sorted(_MARKS, key=lambda way: way.decimal != decimal)
    ways = [replace(way, before=before, behind=behind) for way in (PLAIN, *marks)]
    counts = [sum(way.number(cell) is not None for cell in cells) for way in ways]
    best = ways[counts.index(max(counts))]
    points = CellFormat(",", ".", before, behind)
    if best == ways[0] and decimal == "," and any("." in cell for cell in cells):
        # Points in a file of decimal commas stand between thousands, if they can.
        return points if all(points.number(cell) is not None for cell in cells) else best
    return best


def decimal_mark(columns: Iterable[Collection[str]], delimiter: str) -> str:
    """The decimal mark of a file, by the columns that leave no doubt; else by its delimiter.

    Args:
        columns: the different cells of each column that are not missing; gone through twice.
        delimiter: of the fields.
    """
    for cells in columns:
        if any(_COMMA_ONLY.search(cell) for cell in cells):
            way = number_format(cells, ",")
            if way.decimal == "," and all(way.number(cell) is not None for cell in cells):
                return ","
    for cells in columns:
        if any(_POINT_ONLY.search(cell) for cell in cells):
            way = number_format(cells, ".")
            if way.decimal == "." and all(way.number(cell) is not None for cell in cells):
                return "."
    return "." if delimiter == "," else ","


_COMMA_ONLY = re.compile(r"\d,(?:\d{1,2}|\d{4,})(?:\D|$)")
_POINT_ONLY = re.compile(r"\d\.(?:\d{1,2}|\d{4,})(?:\D|$)")


def _unit(cells: Collection[str]) -> tuple[str, str]:
    """The unit before or behind every cell."""
    for unit in UNITS:
        if all(cell.endswith(unit) for cell in cells):
            return "", unit
        if all(cell.lstrip("+-" + MINUS).startswith(unit) for cell in cells):
            return unit, ""
    return "", ""


def _python_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return _python_number(text.replace(MINUS, "-")) if MINUS in text else None
    return None if "_" in text else number  # Python reads 1_2 as 12


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
