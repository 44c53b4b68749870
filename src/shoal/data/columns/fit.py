"""What becomes of a table's column: five kinds, each fitted on training rows.

A kind is a frozen dataclass of plain values, so that it compares and goes to JSON. ``KINDS`` is
the closed registry from which it comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.data.columns.categories import FEW_CATEGORIES, CategoricalColumn
from shoal.data.columns.cell_format import PLAIN, CellFormat, number_format
from shoal.data.columns.cells import Cells, Finding, texts_of
from shoal.data.columns.column import Array, Column
from shoal.data.columns.dates import DATE_ORDERS, date_order, date_parts, date_text, read_date
from shoal.data.columns.number_scaling import Scaling, quantiles_from_json, scaling_from_json
from shoal.data.columns.numbers import BooleanColumn, DateColumn, NumericColumn, Part
from shoal.data.columns.texts import TfidfColumn, columns_named
from shoal.data.io.arrays import is_frame
from shoal.errors import DataError
from shoal.utils.schema import finite, positive, typed

if TYPE_CHECKING:
    from shoal.data.io.frames import Holding


def read_as(cells: Sequence[str], where: str, decimal: str, asked: Holding) -> Cells:
    """The column as numbers, dates or text; other cells are missing, with a remark.

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


KINDS = {
    c.kind: c for c in (NumericColumn, BooleanColumn, CategoricalColumn, DateColumn, TfidfColumn)
}


def fit_column(
    name: str,
    holding: Holding,
    values: Array,
    written: CellFormat = PLAIN,
    scaling: Scaling = "standard",
) -> Column:
    """The fitted column for what the training rows hold."""
    if holding == "number":
        return NumericColumn.fit(name, values, written, scaling)
    if holding == "boolean":
        return BooleanColumn.fit(name, values, written)
    if holding == "date":
        return DateColumn.fit(name, values, written)
    return CategoricalColumn.fit(name, values, written)


def column_to_json(column: Column) -> dict[str, Any]:
    """The column as plain data, its kind among it."""
    told = asdict(column)  # type: ignore[call-overload]  # a dataclass
    told["written"] = column.written.to_json()
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}
    if isinstance(column, NumericColumn) and column.scaling == "standard":
        del plain["scaling"], plain["quantiles"]  # as it was before there were others
    return {"kind": column.kind, **plain}


def column_from_json(data: dict[str, Any]) -> Column:
    """The column that ``column_to_json`` wrote.

    Raises:
        KeyError, TypeError, ValueError: if it is nothing of the kind.
    """
    name, indicator = typed(data["name"], str), typed(data["indicator"], bool)
    written = CellFormat.from_json(data["written"])
    kind = data["kind"]
    if kind == "numeric":
        median, mean, low, high = (finite(data[n]) for n in ("median", "mean", "low", "high"))
        if low > high:
            raise ValueError("a range from low to high")
        scale = positive(data["scale"])
        scaling = scaling_from_json(data.get("scaling", "standard"))
        quantiles = quantiles_from_json(data.get("quantiles", []), scaling)
        return NumericColumn(
            name, median, mean, scale, low, high, indicator, written, scaling, quantiles
        )
    if kind == "boolean":
        share = finite(data["share"])
        if not 0.0 <= share <= 1.0:
            raise ValueError("a share from 0 to 1")
        return BooleanColumn(name, share, indicator, written)
    if kind == "categorical":
        categories = tuple(typed(c, str) for c in data["categories"])
        if len(set(categories)) != len(categories):
            raise ValueError("categories that differ")
        return CategoricalColumn(name, categories, typed(data["other"], bool), indicator, written)
    if kind == "date":
        return _date_from_json(data, name, indicator, written)
    if kind == "tfidf":
        return _tfidf_from_json(data, name, indicator, written)
    raise ValueError(f"a column kind of {', '.join(KINDS)}, not {kind!r}")


def _date_from_json(
    data: dict[str, Any], name: str, indicator: bool, written: CellFormat
) -> DateColumn:
    known = date_parts(np.array(["NaT"], "datetime64[s]"))
    parts = tuple(
        Part(typed(part["name"], str), finite(part["mean"]), positive(part["scale"]))
        for part in typed(data["parts"], list)
    )
    names = [part.name for part in parts]
    if len(set(names)) != len(names) or not set(names) <= known.keys():
        raise ValueError(f"parts of a date: {', '.join(known)}")
    first, last = typed(data["first"], str), typed(data["last"], str)
    moments = [np.datetime64(text, "s") for text in (first, last) if text]
    if len(moments) == 1 or (not moments and parts) or any(np.isnat(m) for m in moments):
        raise ValueError("a first and a last date")
    return DateColumn(name, parts, first, last, indicator, written)


def _tfidf_from_json(
    data: dict[str, Any], name: str, indicator: bool, written: CellFormat
) -> TfidfColumn:
    terms = tuple(typed(term, str) for term in typed(data["terms"], list))
    idf = tuple(positive(value) for value in typed(data["idf"], list))
    if len(set(terms)) != len(terms) or len(idf) != len(terms):
        raise ValueError("different terms, each with a weight")
    return TfidfColumn(name, terms, idf, positive(data["scale"]), indicator, written)


__all__ = [
    "FEW_CATEGORIES",
    "KINDS",
    "BooleanColumn",
    "CategoricalColumn",
    "Column",
    "DateColumn",
    "NumericColumn",
    "TfidfColumn",
    "column_from_json",
    "column_to_json",
    "fit_column",
]


WORDS = {
    "number": ("number", "numbers"),
    "category": ("column of categories", "categories"),
    "boolean": ("yes or no", "yes or no"),
    "date": ("date", "dates"),
    "text": ("column of texts", "columns of texts"),
}
"""Of one column, and of several."""


def describe_kinds(x: Any, text: str | None = None) -> str:
    """Such as `` (6 numbers, 8 categories; 2 with missing values)``; empty without names.

    Args:
        x: the table.
        text: names of its columns of texts, with commas between.
    """
    if not is_frame(x):
        return ""
    texts = columns_named(text, [str(name) for name in x.columns]) if text else ()
    counts = Counter(
        "text" if str(name) in texts else _kind(dtype) for name, dtype in x.dtypes.items()
    )
    told = ", ".join(
        f"{counts[kind]} {WORDS[kind][counts[kind] > 1]}" for kind in WORDS if counts[kind]
    )
    missing = int(x.isna().any().sum())
    return f" ({told}{f'; {missing} with missing values' if missing else ''})"


def _kind(dtype: Any) -> str:
    kind = {"f": "number", "b": "boolean", "M": "date"}.get(getattr(dtype, "kind", ""))
    return kind or "category"


SHOWN = 4
"""Columns that a remark names, at most; the others are counted."""

_ONE = {
    "different": "column {} holds {} different texts: most are not told apart",
    "unread": "column {} holds numbers that are not read as such, and is taken as categories: "
    "write quantities alone, a unit in the column's name, or read it with --numeric",
    "some dates": "column {} holds dates and other text, and is taken as categories: leave a "
    "missing date blank, or read it with --dates",
    "mixed": "column {} mixes numbers and text and is taken as text (--numeric: its text is "
    "missing)",
    "lost": "column {} holds other cells than was asked for, which are taken as missing",
    "texts": "column {} holds free text, of which a table tells only what occurs often apart: "
    "--text, or text=, has a column read word by word",
    "na": "in column {} NA is taken as a value, as it stands among codes of two letters",
    "fixed": "column {} is the same in all rows and has no effect",
}

_SEVERAL = {
    "different": "columns {} hold many different texts: most are not told apart",
    "unread": "columns {} hold numbers that are not read as such, and are taken as categories: "
    "write quantities alone, a unit in the column's name, or read them with --numeric",
    "some dates": "columns {} hold dates and other text, and are taken as categories: leave a "
    "missing date blank, or read them with --dates",
    "mixed": "columns {} mix numbers and text and are taken as text (--numeric: their text is "
    "missing)",
    "lost": "columns {} hold other cells than was asked for, which are taken as missing",
    "texts": "columns {} hold free text, of which a table tells only what occurs often apart: "
    "--text, or text=, has one of them read word by word",
    "na": "in columns {} NA is taken as a value, as it stands among codes of two letters",
    "fixed": "columns {} are the same in all rows and have no effect",
}


def column_notes(columns: Mapping[str, Cells]) -> list[str]:
    """Remarks on how these columns were read."""
    return [note for note in (_numbers(columns), _dates(columns), *_others(columns)) if note]


def listed(names: Sequence[str]) -> str:
    """Names, the first ones of many."""
    shown = ", ".join(names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _numbers(columns: Mapping[str, Cells]) -> str | None:
    found = _with(columns, "numbers")
    if not found:
        return None
    told = [f"{name!r} ({_as_number(cells)})" for name, cells in found.items()]
    return f"numbers are read as they are written in column{'s' * (len(found) > 1)} {listed(told)}"


def _as_number(cells: Cells) -> str:
    number = cells.written.number(cells.example)
    return f"{cells.example!r} is {number:.12g}"


def _dates(columns: Mapping[str, Cells]) -> str | None:
    found = _with(columns, "dates")
    if not found:
        return None
    told = [f"{name!r} ({_as_date(cells)})" for name, cells in found.items()]
    return (
        "dates are read as numbers for the year, month, day, weekday and hour, as far as they "
        f"vary: {listed(told)}"
    )


def _as_date(cells: Cells) -> str:
    moment = cells.written.moment(cells.example)
    assert moment is not None
    told = date_text(moment, cells.written.date)
    return f"{cells.example!r} is {told}" if told != cells.example else repr(told)


def _others(columns: Mapping[str, Cells]) -> list[str]:
    notes = []
    for kind, text in _ONE.items():
        found = [(name, c) for name, c in columns.items() if c.finding == kind]
        if not found:
            continue
        quoted = kind in ("unread", "some dates", "lost")
        told = [f"{name!r}" + f" ({c.example!r})" * quoted for name, c in found]
        if len(found) == 1:
            notes.append(text.format(told[0], found[0][1].example))
        else:
            notes.append(_SEVERAL[kind].format(listed(told)))
    return notes


def _with(columns: Mapping[str, Cells], kind: Finding) -> dict[str, Cells]:
    return {name: cells for name, cells in columns.items() if cells.finding == kind}
