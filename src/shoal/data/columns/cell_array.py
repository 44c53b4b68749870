"""Cells of a file as a column of a DataFrame."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pandas.api.extensions import ExtensionArray, ExtensionDtype

from shoal.data.columns.cell_column import CellColumn


class CellDtype(ExtensionDtype):
    """The type of a `CellArray`; no cell is missing, though it may be empty."""

    name = "cell"
    type = str
    na_value = ""

    @classmethod
    def construct_array_type(cls) -> builtins.type[CellArray]:
        """The class of its arrays."""
        return CellArray


class CellArray(ExtensionArray):
    """Cells as they stand in a file, strings, as compactly as there.

    Attributes:
        cells: the column.
    """

    def __init__(self, cells: CellColumn) -> None:
        self.cells = cells

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> CellArray:
        return scalars if isinstance(scalars, cls) else cls(CellColumn.of(map(str, scalars)))

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[CellArray]) -> CellArray:
        return cls(CellColumn(b"".join(each.cells.data for each in to_concat)))

    @property
    def dtype(self) -> CellDtype:
        """Its type."""
        return CellDtype()

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return len(self.cells.data)

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, int | np.integer):
            return self.cells[int(item)]
        if isinstance(item, slice):
            return CellArray(self.cells[item])
        return self.take(np.arange(len(self))[np.asarray(item)])

    def __eq__(self, other: object) -> npt.NDArray[np.bool_]:  # type: ignore[override]
        found: npt.NDArray[np.bool_] = self.to_numpy(object) == np.asarray(other, object)
        return found

    def isna(self) -> npt.NDArray[np.bool_]:
        """Of each cell whether it is missing: none is."""
        return np.zeros(len(self), bool)

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> CellArray:
        """The cells of these rows."""
        rows = np.asarray(indices, np.int64)
        if allow_fill and (rows < 0).any():
            cells = [self.cells[row] if row >= 0 else fill_value or "" for row in rows.tolist()]
            return CellArray(CellColumn.of(cells))
        return CellArray(self.cells.take(np.where(rows < 0, rows + len(self), rows)))

    def copy(self) -> CellArray:
        """The same: cells do not change."""
        return CellArray(self.cells)

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Any:
        """Cells as an array of strings, objects unless another type is asked for."""
        objects = np.empty(len(self), object)
        objects[:] = self.cells.tolist()
        return objects if dtype is None else objects.astype(dtype, copy=False)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.to_numpy(dtype)

    def tolist(self) -> list[str]:
        """The cells as strings."""
        return self.cells.tolist()
