"""What becomes of a table's column: five kinds, each fitted on training rows.

A kind is a frozen dataclass of plain values, so that it compares and goes to
JSON; ``KINDS`` is the closed registry from which it comes back.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.data.categorical_column import FEW_CATEGORIES, CategoricalColumn
from shoal.data.cell_format import PLAIN, CellFormat
from shoal.data.column import Array, Column
from shoal.data.date_column import DateColumn, Part
from shoal.data.dates import date_parts
from shoal.data.json_values import finite, positive, typed
from shoal.data.number_columns import BooleanColumn, NumericColumn
from shoal.data.number_scaling import Scaling, quantiles_from_json, scaling_from_json
from shoal.data.tfidf_column import TfidfColumn

if TYPE_CHECKING:
    from shoal.data.frames import Holding  # imports pandas, which images do without

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
