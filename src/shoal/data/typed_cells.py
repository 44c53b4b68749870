"""Cells of a format that has types: numbers stay numbers, and are text where one asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from shoal.data.sheet import Sheet

if TYPE_CHECKING:
    import pandas as pd

    from shoal.data.frames import Holding


@dataclass(frozen=True, eq=False)
class TypedCells(Sequence[str]):
    """A column of one type, which reads as the text that a CSV file would have.

    Attributes:
        holding, values: as ``frames.column_values`` gives them.
        whole: whether its numbers are declared whole: 3 is written 3, and not 3.0.
    """

    holding: Holding
    values: npt.NDArray[Any]
    whole: bool = False

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Where nothing is."""
        if self.holding == "text":
            return np.array([value is None for value in self.values], bool)
        gone: npt.NDArray[np.bool_] = (
            np.isnat(self.values) if self.holding == "date" else np.isnan(self.values)
        )
        return gone

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return TypedCells(self.holding, self.values[place], self.whole)
        return next(self._texts(self.values[place : place + 1 or None]))

    def __iter__(self) -> Iterator[str]:
        return self._texts(self.values)

    def _texts(self, values: npt.NDArray[Any]) -> Iterator[str]:
        if self.holding == "text":
            return ("" if value is None else value for value in values.tolist())
        if self.holding == "date":
            return ("" if text == "NaT" else _moment(text) for text in values.astype(str).tolist())
        numbers = values.tolist()
        if self.holding == "boolean":
            return ("" if n != n else "True" if n else "False" for n in numbers)
        if self.whole:
            return ("" if n != n else str(int(n)) for n in numbers)
        return ("" if n != n else repr(n) for n in numbers)


def _moment(text: str) -> str:
    day, _, clock = text.partition("T")
    return day if clock == "00:00:00" else f"{day} {clock}"


def sheet_of_frame(frame: pd.DataFrame, where: str, notes: Sequence[str] = ()) -> Sheet:
    """A table with typed columns as a sheet; rows are counted from 0.

    Raises:
        DataError: no rows or columns, names that occur twice, or a column of another type.
    """
    from shoal.data.frames import canonical_names, column_values

    names = canonical_names(frame, where=where)
    columns: list[Sequence[str]] = []
    for position, name in enumerate(names):
        series = frame.iloc[:, position].rename(name)
        whole = getattr(series.dtype, "kind", "") in ("i", "u")
        columns.append(TypedCells(*column_values(series, where=where), whole=whole))
    return Sheet(where, names, columns, range(len(frame)), notes=tuple(notes), counted="row")


def texts_of_column(series: pd.Series[Any]) -> Sequence[str]:
    """The cells of a column of `Dataset.cells` as they are written."""
    from shoal.data.frames import column_values

    return list(TypedCells(*column_values(series, where=str(series.name))))
