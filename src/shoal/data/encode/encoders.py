"""From raw inputs to a network's inputs: images, plain arrays, named columns, texts.

An encoder is fitted on training rows only, is a frozen dataclass of plain values, and goes to
JSON. There are four: that of images is in `image.py`, that of texts in `tokens.py`, and two are
here. The registry is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_format import PLAIN, CellFormat
from shoal.data.columns.column import Nature
from shoal.data.columns.fit import (
    CategoricalColumn,
    Column,
    TfidfColumn,
    fit_column,
)
from shoal.data.columns.number_scaling import (
    Scaling,
    center_and_scale,
    far_outside,
    quantiles_of,
    scaled,
    varies,
)
from shoal.data.encode.compact_inputs import (
    LARGE_TABLE,
    NONE,
    WIDE_NONE,
    CompactInputs,
    layout_of,
)
from shoal.data.encode.pixels import allocated
from shoal.data.io.arrays import check_finite, check_shape, is_frame, numeric_array, of_objects
from shoal.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]
Inputs = npt.NDArray[np.float32]


ROWS = 1 << 14
"""Of a table, encoded at a time."""

NATURES: tuple[Nature, ...] = ("number", "flag", "category")
"""What features are, in the order in which a table's stand."""

BY_NATURE = "table by nature"
"""What an encoder is called that has them so: a program that knows no order refuses it."""

LINE = "line"
"""The name of a frame's index that holds the lines of a file."""


@dataclass(frozen=True)
class ArrayEncoder:
    """The scaled numbers of a table without names, by default (x − mean) / scale.

    A column that did not vary in training is 0 whatever comes: nothing was learned of it.

    Attributes:
        mean, scale: of each column.
        low, high: the range of each column's training values.
        scaling: how they are scaled; ``mean`` and ``scale`` are the medians and the
            distances of the quartiles where it is ``robust``.
        quantiles: of each column, where it is ``quantile``.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    scaling: Scaling = "standard"
    quantiles: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def fit(cls, x: Array, scaling: Scaling = "standard") -> ArrayEncoder:
        """Fit on an array of shape (n, columns)."""
        numbers = [each.tolist() for each in center_and_scale(x, scaling)]
        numbers += [x.min(axis=0).tolist(), x.max(axis=0).tolist()]
        mean, scale, low, high = map(tuple, numbers)
        ranks = tuple(quantiles_of(column) for column in x.T) if scaling == "quantile" else ()
        return cls(mean, scale, low, high, scaling, ranks)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (len(self.mean),)

    def encode(self, x: Any, where: str) -> Inputs:
        """An array of shape (n, columns), or a table of as many numeric columns, in order."""
        array = self._array(x, where)
        inputs: Inputs = allocated(array.shape, np.float32)
        for start in range(0, len(array), ROWS):
            part = slice(start, start + ROWS)
            rows = array[part]
            inputs[part] = self._scaled(np.where(np.isnan(rows), np.array(self.mean), rows))
        inputs[:, ~varies(np.array(self.low), np.array(self.high))] = 0.0
        return inputs

    def _scaled(self, array: Array) -> npt.NDArray[np.float64]:
        """Some rows, scaled."""
        if self.scaling != "quantile":
            return scaled(array, self.mean, self.scale, self.scaling)
        columns = zip(array.T, self.quantiles, strict=True)
        return np.column_stack([scaled(x, 0.0, 1.0, "quantile", each) for x, each in columns])

    def remarks(self, x: Any, where: str) -> list[str]:
        """Values beyond those of training, by column."""
        array = self._array(x, where).astype(np.float64)
        missing = np.isnan(array)
        array = np.where(missing, np.array(self.mean), array)
        low, high = np.array(self.low), np.array(self.high)
        with np.errstate(over="ignore", invalid="ignore"):
            moved = varies(np.minimum(array, low), np.maximum(array, high)) & ~varies(low, high)
        far = far_outside(array, low, high) & varies(low, high)
        return [
            *_array_remark(moved, array, "never varied in training and has no effect: it differs"),
            *_array_remark(far, array, "is far outside of its training values"),
            *self._missing_remark(missing),
        ]

    def _missing_remark(self, missing: npt.NDArray[np.bool_]) -> list[str]:
        """A remark on missing values, of which training had none."""
        columns = np.flatnonzero(missing.any(axis=0))
        if len(columns) == 0:
            return []
        told = f"column {columns[0]}" if len(columns) == 1 else f"{len(columns)} columns"
        middle = "median" if self.scaling == "robust" else "mean"
        return [
            f"{told} of which training had all values: the {middle} stands for what is missing, in "
            f"{int(missing.any(axis=1).sum()):,} rows"
        ]

    def _array(self, x: Any, where: str) -> Array:
        x = of_objects(x)
        if is_frame(x) and all(kind.kind in "biuf" for kind in x.dtypes):
            x = x.to_numpy(np.float64)
        array = numeric_array(x, where=where)
        check_shape(array, self.shape, where)
        check_finite(array[np.isfinite(array) | np.isinf(array)], where=where)
        return array


def _array_remark(odd: npt.NDArray[np.bool_], values: Array, what: str) -> list[str]:
    """A remark on the columns in which some values are odd."""
    columns = np.flatnonzero(odd.any(axis=0))
    if len(columns) == 0:
        return []
    first = int(columns[0])
    rows = int(odd[:, first].sum())
    example = values[odd[:, first], first][0]
    more = f" (so it is with {len(columns) - 1} more)" if len(columns) > 1 else ""
    told = f"in {rows:,} row{'' if rows == 1 else 's'}, such as {example:.6g}"
    return [f"column {first} {what} {told}{more}"]


@dataclass(frozen=True)
class TableEncoder:
    """The features of each named column: numbers first, then flags, then categories.

    Within each nature they stand by column; the categories of a column stay together.

    Attributes:
        columns: in the order of training.
        by_nature: False where all features stand by column, as in files of earlier versions.
    """

    columns: tuple[Column, ...]
    by_nature: bool = True

    @classmethod
    def fit(
        cls,
        x: pd.DataFrame,
        written: Mapping[str, CellFormat] | None = None,
        scaling: Scaling = "standard",
        texts: Sequence[str] = (),
    ) -> TableEncoder:
        """Fit on a table with named columns.

        Args:
            x: the table.
            written: how the cells of a column are written, where that is unusual.
            scaling: how its numbers are scaled.
            texts: names of columns of texts.

        Raises:
            DataError: no column tells the rows apart.
        """
        from shoal.data.io.frames import column_values

        fitted = list[Column]()
        for name in map(str, x.columns):
            format_ = (written or {}).get(name, PLAIN)
            held = column_values(x[name], where="table")
            if name in texts:
                fitted.append(TfidfColumn.fit(name, held[1], format_))
            else:
                fitted.append(fit_column(name, *held, format_, scaling))
        encoder = cls(tuple(fitted))
        if encoder.shape == (0,):
            raise DataError(
                "a table has a column that varies", received="the same in all training rows"
            )
        return encoder

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (sum(len(column.features) for column in self.columns),)

    @property
    def numeric(self) -> int | None:
        """How many of the features are numbers, the first ones; None where they are mixed."""
        if not self.by_nature:
            return None
        return sum(column.natures.count("number") for column in self.columns)

    @property
    def categories(self) -> tuple[int, ...]:
        """How many features each column of categories has, which are the last ones."""
        found = (column.natures.count("category") for column in self.columns)
        return tuple(count for count in found if count) if self.by_nature else ()

    @cached_property
    def places(self) -> list[npt.NDArray[np.int64]]:
        """Of each column, where its features stand."""
        natures = [nature for column in self.columns for nature in column.natures]
        order = list(range(len(natures)))
        if self.by_nature:
            order.sort(key=lambda i: NATURES.index(natures[i]))
        place = np.argsort(order)
        ends = np.cumsum([len(column.features) for column in self.columns])
        return np.split(place, ends[:-1])

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return tuple(column.name for column in self.columns)

    def values(self, x: Any, where: str) -> dict[str, Array]:
        """What each column of a table holds, read as in training, not yet encoded."""
        return {column.name: values for column, values in self._read(x, where)}

    def encode(self, x: Any, where: str) -> Inputs:
        """A table with these columns in any order (others are ignored), or an array of them.

        Cells may be text as it stands in a file: each is read as its column was in
        training, whatever stands beside it.
        """
        encoded = self.read(x, where, None, compact=False)
        assert isinstance(encoded, np.ndarray)
        return encoded

    def read(
        self, x: Any, where: str, notes: list[str] | None, *, compact: bool
    ) -> Inputs | CompactInputs:
        """As `encode`; where there are notes, remarks on the values are added to them.

        A column is read at a time, and some rows of it are encoded at a time: a large table's
        features as 64-bit numbers would take several times the memory of the result.

        Args:
            x: the table.
            where: what to call it in messages.
            notes: what the user should know of its values.
            compact: whether the result may be compact, as it is if it is large.
        """
        frame = x if is_frame(x) else self._name_columns(x, where)
        as_places = self._categories_of(len(frame)) if compact else []
        layout, kept = self._layout(as_places)
        numbers = allocated((len(frame), len(kept)), np.float32)
        widest = max([len(column.features) for column in as_places], default=0)
        kind = np.uint8 if widest < NONE else np.uint16
        places = allocated((len(frame), len(as_places)), kind)
        category = 0
        for (column, values), own in zip(self._read(frame, where), self.places, strict=True):
            if notes is not None:
                notes += column.remarks(values)
            parts = [slice(start, start + ROWS) for start in range(0, len(values), ROWS)]
            if isinstance(column, CategoricalColumn) and column in as_places:
                for part in parts:
                    places[part, category] = column.places(values[part])  # -1 wraps round
                category += 1
                continue
            number = np.searchsorted(kept, own)
            for part in parts:
                numbers[part, number] = column.encode(values[part])
        return CompactInputs(numbers, places, layout) if as_places else numbers

    def _layout(self, as_places: Sequence[Column]) -> tuple[tuple[int, ...], npt.NDArray[np.int64]]:
        """Of compact inputs the layout, and which features are kept as they are, in their order.

        The features of a column of categories stand together, and such columns in their order.
        """
        each = zip(self.columns, self.places, strict=True)
        widths = {int(own[0]): len(own) for column, own in each if column in as_places}
        pieces, kept, at = list[tuple[int, bool]](), list[int](), 0
        while at < self.shape[0]:
            pieces.append((widths.get(at, 1), at in widths))
            kept += [] if at in widths else [at]
            at += pieces[-1][0]
        return layout_of(pieces), np.array(kept, np.int64)

    def _categories_of(self, rows: int) -> list[CategoricalColumn]:
        """The columns whose features are kept as places; none where that does not pay."""
        found = [
            column
            for column in self.columns
            if isinstance(column, CategoricalColumn) and 1 < len(column.features) < WIDE_NONE
        ]
        features = self.shape[0]
        kept = 4 * (features - sum(len(column.features) for column in found)) + len(found)
        return found if 4 * rows * features >= LARGE_TABLE and kept <= 2 * features else []

    def remarks(self, x: Any, where: str) -> list[str]:
        """What the user should know of these values beside those of training, by column."""
        return [note for column, values in self._read(x, where) for note in column.remarks(values)]

    def _read(self, x: Any, where: str) -> Iterator[tuple[Column, Array]]:
        """The values of each column, in the form that it has."""
        from shoal.data.columns.cell_array import CellArray
        from shoal.data.io.frames import column_values

        frame = x if is_frame(x) else self._name_columns(x, where)
        missing = [c.name for c in self.columns if c.name not in frame.columns]
        if missing:
            names = ", ".join(repr(str(name)) for name in frame.columns[:30])
            raise DataError(
                "a table has all columns the model was trained on",
                expected=f"column{'s' * (len(missing) > 1)} {', '.join(map(repr, missing[:30]))}",
                received=f"columns {names}",
                where=where,
            )
        lines = frame.index.name == LINE
        for column in self.columns:
            values = frame[column.name]
            if values.ndim != 1:
                raise DataError(
                    "the names of the columns differ",
                    received=f"{column.name!r} twice",
                    where=where,
                )

            def place(row: int, name: str = column.name) -> str:
                told = f"line {frame.index[row]}" if lines else f"row {row}"
                return f"{where}, column {name!r}, {told}"

            if isinstance(values.array, CellArray):
                cells: Any = values.array.cells
                yield column, column.read("text", cells, place)
            else:
                holding, held = column_values(values, where=where)
                yield column, column.read(holding, held, place)

    def _name_columns(self, x: Any, where: str) -> pd.DataFrame:
        """An array's columns are taken in the order of training, if its type fits them all."""
        import pandas as pd

        array = x if isinstance(x, np.ndarray) else np.asarray(x, object)
        texts = [column.name for column in self.columns if column.kind == "categorical"]
        if texts and array.dtype != object:
            raise DataError(
                "a model with text columns predicts from a table",
                expected=f"a DataFrame with text in column {texts[0]!r}",
                received=f"an array of {array.dtype}",
                where=where,
            )
        check_shape(array, (len(self.columns),), where)
        frame = pd.DataFrame(array, columns=[column.name for column in self.columns])
        return frame.infer_objects()
