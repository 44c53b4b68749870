"""A table's columns from its cells: what each holds, and what its target must be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shoal.data.columns.cell_array import CellArray
from shoal.data.columns.cell_column import CellColumn
from shoal.data.columns.cell_format import decimal_mark
from shoal.data.columns.cells import Cells, as_they_are, read_cells
from shoal.data.columns.numbers import numbers_of_text
from shoal.data.encode.encoders import LINE
from shoal.data.io.frames import as_series
from shoal.data.io.sheet import Sheet
from shoal.data.io.typed_tables import TypedCells
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.preprocessing import Preprocessing

MOST_MIXED_CLASSES = 20
"""Of a target that mixes numbers and text, or holds numbers that nobody reads, at most."""


def read_columns(sheet: Sheet, texts: Collection[str], *, strict: bool) -> dict[str, Cells]:
    """What each column holds, by what stands in it.

    Args:
        sheet: the table.
        texts: the columns of texts, which are taken as they are.
        strict: whether numbers with some text among them are refused.

    Raises:
        DataError: a column of numbers with some text, or with infinities.
    """
    others = [
        column
        for name, column in zip(sheet.names, sheet.columns, strict=True)
        if name not in texts and isinstance(column, CellColumn)
    ]
    decimal = _decimal_mark(others, sheet.delimiter)
    return {
        name: as_they_are(column)
        if name in texts
        else read_cells(
            column,
            sheet.place,
            f"{sheet.where}, column {name!r}",
            decimal=decimal,
            strict=strict,
            asked=sheet.asked.get(name),
        )
        for name, column in zip(sheet.names, sheet.columns, strict=True)
    }


class _Marked(Iterable[set[str]]):
    """Of each column the different cells with a comma or a point, one column at a time."""

    def __init__(self, columns: Sequence[CellColumn]) -> None:
        self._columns = columns

    def __iter__(self) -> Iterator[set[str]]:
        for column in self._columns:
            marked = column.holds(",") or column.holds(".")
            cells = set(column.tolist()) if marked else set[str]()
            yield {cell for cell in cells if "," in cell or "." in cell}


def _decimal_mark(columns: Sequence[CellColumn], delimiter: str) -> str:
    """The file's decimal mark; points where no column has a comma, without a look at more."""
    if delimiter == "," and not any(column.holds(",") for column in columns):
        return "."
    return decimal_mark(_Marked(columns), delimiter)


def as_written(sheet: Sheet, names: list[str]) -> pd.DataFrame:
    """These columns' cells, by line; those that have a type keep it."""
    columns: dict[str, Any] = {}
    for name in names:
        cells = sheet.column(name)
        if isinstance(cells, TypedCells):
            columns[name] = as_series(cells.holding, cells.values)
        else:
            assert isinstance(cells, CellColumn)
            columns[name] = CellArray(cells)
    index = pd.Index(sheet.lines, name=LINE if sheet.counted == "line" else None)
    return pd.DataFrame(columns, index=range(len(index))).set_axis(index)


def answer_for(like: Preprocessing, sheet: Sheet, target: str, answer: Cells) -> Cells:
    """The targets as a model's were written, where they are numbers."""
    if like.task != "regression" or answer.missing.any():
        return answer
    cells = sheet.column(target)
    if isinstance(cells, TypedCells) and cells.holding in ("number", "boolean"):
        return replace(answer, holding="number", values=cells.values)
    written = cells if isinstance(cells, CellColumn) else np.array([*cells, None], object)[:-1]

    def place(row: int) -> str:
        return f"{sheet.where}, column {target!r}, {sheet.place(row)}"

    return replace(
        answer, holding="number", values=numbers_of_text(written, like.target_written, place)
    )


def check_readable(answer: Cells, place: str) -> None:
    """Refuse a target of dates, and one of numbers that are written as nobody reads them."""
    if answer.holding == "date":
        raise DataError(
            "a target holds numbers or names",
            received=f"dates such as {answer.example!r}",
            where=place,
            hint="Make numbers of them, such as days since the first.",
        )
    if answer.finding not in ("unread", "some dates", "mixed"):
        return
    different = len(set(answer.values.tolist()))
    if different > MOST_MIXED_CLASSES:
        what = {
            "unread": f"numbers that are not read as such, like {answer.example!r}",
            "some dates": f"dates, and {answer.example!r}",
            "mixed": "both",
        }[str(answer.finding)]
        raise DataError(
            "a target holds numbers or names",
            received=f"{what}: {different} different ones",
            where=place,
            hint="Write the numbers alone.",
        )
