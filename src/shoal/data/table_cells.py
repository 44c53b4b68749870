"""A table's columns from its cells: what each holds, and what its target must be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from shoal.data.cell_array import CellArray
from shoal.data.cell_column import CellColumn
from shoal.data.cell_format import decimal_mark
from shoal.data.cells import Cells, as_they_are, read_cells
from shoal.data.encoders import LINE
from shoal.data.number_columns import numbers_of_text
from shoal.data.sheet import Sheet
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.preprocessing import Preprocessing

MOST_MIXED_CLASSES = 20
"""Of a target that mixes numbers and text, or holds numbers that nobody reads, at most."""


def read_columns(sheet: Sheet, texts: str | None, *, strict: bool) -> dict[str, Cells]:
    """What each column holds, by what stands in it.

    Args:
        sheet: the table.
        texts: the column of texts, if there is one; it is taken as it is.
        strict: whether numbers with some text among them are refused.

    Raises:
        DataError: a column of numbers with some text, or with infinities.
    """
    others = [c for name, c in zip(sheet.names, sheet.columns, strict=True) if name != texts]
    decimal = _decimal_mark(others, sheet.delimiter)
    return {
        name: as_they_are(column)
        if name == texts
        else read_cells(
            column, sheet.lines, f"{sheet.where}, column {name!r}", decimal=decimal, strict=strict
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
    """These columns' cells, by line."""
    index = pd.Index(sheet.lines, name=LINE)
    columns = {name: CellArray(sheet.columns[sheet.names.index(name)]) for name in names}
    return pd.DataFrame(columns, index=index)


def answer_for(like: Preprocessing, sheet: Sheet, target: str, answer: Cells) -> Cells:
    """The targets as a model's were written, where they are numbers."""
    if like.task != "regression" or answer.missing.any():
        return answer
    cells = sheet.columns[sheet.names.index(target)]

    def place(row: int) -> str:
        return f"{sheet.where}, column {target!r}, line {sheet.lines[row]}"

    return replace(
        answer, holding="number", values=numbers_of_text(cells, like.target_written, place)
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
