"""Columns of numbers, booleans and dates, fitted on training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from shoal.data.columns.cell_column import CellColumn
from shoal.data.columns.cell_format import BOOLEANS, PLAIN, CellFormat, plain_numbers
from shoal.data.columns.cells import check_finite_cells, read_moments
from shoal.data.columns.column import (
    Array,
    Features,
    Nature,
    Place,
    blank_remark,
    fixed_remark,
    number_place,
    refuse,
    rows,
)
from shoal.data.columns.dates import PARTS, date_parts, date_text
from shoal.data.columns.number_scaling import (
    Scaling,
    center_and_scale,
    far_outside,
    mean_and_scale,
    quantiles_of,
    scaled,
    varies,
)

if TYPE_CHECKING:
    from shoal.data.io.frames import Holding


@dataclass(frozen=True)
class NumericColumn:
    """The scaled value, by default (value − mean) / scale; a missing one is the training median.

    If some values were missing in training, a second feature is 1 where one is missing.
    Where training values did not vary, the feature is 0 whatever the value: nothing was
    learned of it.

    Attributes:
        low, high: the range of the training values.
        scaling: how values are scaled; ``mean`` and ``scale`` are the median and the
            distance of the quartiles where it is ``robust``.
        quantiles: of the training values, where it is ``quantile``.
    """

    kind: ClassVar[str] = "numeric"
    name: str
    median: float
    mean: float
    scale: float
    low: float
    high: float
    indicator: bool
    written: CellFormat = PLAIN
    scaling: Scaling = "standard"
    quantiles: tuple[float, ...] = ()

    @classmethod
    def fit(
        cls,
        name: str,
        values: Array,
        written: CellFormat = PLAIN,
        scaling: Scaling = "standard",
    ) -> NumericColumn:
        """Fit on float64 values, NaN for missing."""
        missing = np.isnan(values)
        present = values[~missing] if not missing.all() else np.zeros(1)
        median = float(np.median(present))
        filled = np.where(missing, median, values) if scaling == "standard" else present
        mean, scale = center_and_scale(filled, scaling)
        quantiles = quantiles_of(present) if scaling == "quantile" else ()
        low, high = float(present.min()), float(present.max())
        indicator = bool(missing.any() and not missing.all())
        return cls(
            name, median, float(mean), float(scale), low, high, indicator, written, scaling,
            quantiles,
        )  # fmt: skip

    @property
    def varies(self) -> bool:
        """Whether the training values differed by more than rounding."""
        return bool(varies(self.low, self.high))

    @property
    def features(self) -> tuple[str, ...]:
        """The value, and whether it was missing."""
        return (self.name, f"{self.name} missing") if self.indicator else (self.name,)

    @property
    def natures(self) -> tuple[Nature, ...]:
        """A number, and a flag."""
        return ("number", "flag") if self.indicator else ("number",)

    def read(self, holding: Holding, values: Array, place: Place) -> Features:
        """Float64, NaN where a value is missing."""
        if holding == "text":
            return numbers_of_text(values, self.written, place)
        if holding == "date":
            raise refuse("the column holds numbers, as in training", place(0), "dates")
        return values.astype(np.float64)

    def encode(self, values: Array) -> Features:
        """Features of shape (n, 1), or (n, 2) with the indicator."""
        missing = np.isnan(values)
        filled = np.where(missing, self.median, values)
        z = np.zeros(len(values))
        if self.varies:
            z = scaled(filled, self.mean, self.scale, self.scaling, self.quantiles)
        return np.column_stack([z, missing]) if self.indicator else z[:, np.newaxis]

    def remarks(self, values: Array) -> list[str]:
        """Values beyond those of training."""
        missing = np.isnan(values)
        told = []
        if missing.any() and not self.indicator and self.varies:
            stead = f"the median, {self.median:.6g}, stands for it"
            told.append(blank_remark(self.name, int(missing.sum()), stead))
        if not self.varies:
            other = ~missing & varies(np.minimum(values, self.low), np.maximum(values, self.high))
            if other.any():
                example = f"{values[other][0]:.6g}"
                told.append(fixed_remark(self.name, int(other.sum()), example))
            return told
        far = ~missing & far_outside(values, self.low, self.high)
        if far.any():
            told.append(
                f"column {self.name!r} is far outside of its training values ({self.low:.6g} to "
                f"{self.high:.6g}) in {rows(int(far.sum()))}, such as {values[far][0]:.6g}"
            )
        return told


@dataclass(frozen=True)
class BooleanColumn:
    """0 for false, 1 for true, the training share of true where missing.

    If some values were missing in training, a second feature is 1 where one is missing.
    Where all training values were alike, the feature is 0 whatever the value.
    """

    kind: ClassVar[str] = "boolean"
    name: str
    share: float
    indicator: bool
    written: CellFormat = PLAIN

    @classmethod
    def fit(cls, name: str, values: Array, written: CellFormat = PLAIN) -> BooleanColumn:
        """Fit on 0.0, 1.0 and NaN for missing."""
        missing = np.isnan(values)
        share = 0.0 if missing.all() else float(values[~missing].mean())
        return cls(name, share, bool(missing.any() and not missing.all()), written)

    @property
    def varies(self) -> bool:
        """Whether training had both."""
        return 0.0 < self.share < 1.0

    @property
    def features(self) -> tuple[str, ...]:
        """The value, and whether it was missing."""
        return (self.name, f"{self.name} missing") if self.indicator else (self.name,)

    @property
    def natures(self) -> tuple[Nature, ...]:
        """Flags."""
        return ("flag", "flag") if self.indicator else ("flag",)

    def read(self, holding: Holding, values: Array, place: Place) -> Features:
        """Float64: 0, 1, NaN where a value is missing."""
        rule = "the column is true or false, as in training"
        if holding == "date":
            raise refuse(rule, place(0), "dates")
        if holding == "text":
            return _booleans_of_text(values, self.written, place)
        numbers = values.astype(np.float64)
        odd = ~np.isnan(numbers) & (numbers != 0) & (numbers != 1)
        if odd.any():
            raise refuse(rule, number_place(place, odd), float(numbers[odd][0]))
        return numbers

    def encode(self, values: Array) -> Features:
        """Features of shape (n, 1), or (n, 2) with the indicator."""
        missing = np.isnan(values)
        filled = np.where(missing, self.share, values) if self.varies else np.zeros(len(values))
        return np.column_stack([filled, missing]) if self.indicator else filled[:, np.newaxis]

    def remarks(self, values: Array) -> list[str]:
        """What training did not have."""
        missing = np.isnan(values)
        if not self.varies:
            other = ~missing & (values != self.share)
            if not other.any():
                return []
            example = "true" if values[other][0] else "false"
            return [fixed_remark(self.name, int(other.sum()), example)]
        if missing.any() and not self.indicator:
            stead = f"the training share of true, {self.share:.3g}, stands for it"
            return [blank_remark(self.name, int(missing.sum()), stead)]
        return []


def numbers_of_text(values: Array | CellColumn, written: CellFormat, place: Place) -> Features:
    """The numbers of cells, NaN where they are missing.

    Raises:
        DataError: a cell is no number as this column writes them, or an infinite one.
    """
    if isinstance(values, CellColumn) and written.as_python and not written.na:
        plain = plain_numbers(values)
        if plain is not None:
            return plain.values
    found: dict[Any, float] = {}
    for row, cell in enumerate(values.tolist()):
        if cell in found:
            continue
        number = (
            np.nan if cell is None or written.is_missing(cell) else written.number(cell.strip())
        )
        if written.lenient and (number is None or np.isinf(number)):
            number = np.nan
        if number is None:
            unusual = written.told()
            raise refuse(
                "the column holds numbers, as in training",
                place(row),
                f"text: {cell!r}",
                f"In training they were written with {unusual}." if unusual else None,
            )
        found[cell] = number
    numbers = np.array([found[cell] for cell in values.tolist()], np.float64)
    check_finite_cells(numbers, values.tolist(), place)
    return numbers


def _booleans_of_text(values: Array, written: CellFormat, place: Place) -> Features:
    known = {**BOOLEANS, "1": 1.0, "0": 0.0}
    found: dict[Any, float] = {}
    for row, cell in enumerate(values.tolist()):
        if cell in found:
            continue
        gone = cell is None or written.is_missing(cell)
        truth = np.nan if gone else known.get(cell.lower())
        if truth is None:
            rule = "the column is true or false, as in training"
            raise refuse(rule, place(row), repr(cell))
        found[cell] = truth
    return np.array([found[cell] for cell in values.tolist()], np.float64)


@dataclass(frozen=True)
class Part:
    """A number of a date, such as its month: (number − mean) / scale."""

    name: str
    mean: float
    scale: float


@dataclass(frozen=True)
class DateColumn:
    """A date's year, month, day, weekday and hour, as far as they varied in training.

    Each is standardized; a missing date has their means. If some were missing in
    training, a last feature is 1 where one is missing.

    Attributes:
        parts: those that varied.
        first, last: of the training dates, as ISO 8601 writes them; empty if there was none.
    """

    kind: ClassVar[str] = "date"
    name: str
    parts: tuple[Part, ...]
    first: str
    last: str
    indicator: bool
    written: CellFormat = PLAIN

    @classmethod
    def fit(cls, name: str, values: Array, written: CellFormat = PLAIN) -> DateColumn:
        """Fit on datetime64[s], NaT for missing."""
        missing = np.isnat(values)
        present = values[~missing]
        indicator = bool(missing.any() and not missing.all())
        if missing.all():
            return cls(name, (), "", "", indicator, written)
        parts = []
        told = date_parts(present)
        for part in PARTS.get(written.date, tuple(told)):
            numbers = told[part]
            if varies(numbers.min(), numbers.max()):
                mean, scale = mean_and_scale(numbers)
                parts.append(Part(part, float(mean), float(scale)))
        first, last = str(present.min()), str(present.max())
        return cls(name, tuple(parts), first, last, indicator, written)

    @property
    def features(self) -> tuple[str, ...]:
        """The parts, and whether the date was missing."""
        names = [f"{self.name} {part.name}" for part in self.parts]
        return (*names, *[f"{self.name} missing"] * self.indicator)

    @property
    def natures(self) -> tuple[Nature, ...]:
        """Numbers, and a flag."""
        numbers: list[Nature] = ["number"] * len(self.parts)
        flags: list[Nature] = ["flag"] * self.indicator
        return (*numbers, *flags)

    def read(self, holding: Holding, values: Array, place: Place) -> Array:
        """Datetime64[s], NaT where a value is missing."""
        if holding == "date":
            return values
        if holding == "text":
            return read_moments(values.tolist(), self.written, place)
        numbers = values.astype(np.float64)
        there = ~np.isnan(numbers)
        if holding == "number" and self.written.date == "yearmonthday":
            texts = [
                f"{number:.0f}" if known else None
                for number, known in zip(numbers, there, strict=True)
            ]
            return read_moments(texts, self.written, place)
        if there.any():
            rule = "the column holds dates, as in training"
            raise refuse(rule, place(int(there.argmax())), f"the number {numbers[there][0]:g}")
        return np.full(len(values), "NaT", "datetime64[s]")

    def encode(self, values: Array) -> Features:
        """Features of shape (n, parts), or one more with the indicator."""
        numbers = date_parts(values)
        columns = [
            np.nan_to_num((numbers[part.name] - part.mean) / part.scale, nan=0.0)
            for part in self.parts
        ]
        columns += [np.isnat(values).astype(np.float64)] * self.indicator
        return np.column_stack(columns) if columns else np.zeros((len(values), 0))

    def remarks(self, values: Array) -> list[str]:
        """Dates beyond those of training."""
        missing = np.isnat(values)
        told = []
        if missing.any() and not self.indicator and self.parts:
            told.append(blank_remark(self.name, int(missing.sum()), "a mean date stands for it"))
        if not self.first:
            return told
        first, last = np.datetime64(self.first), np.datetime64(self.last)
        order = self.written.date
        beyond = ~missing & ((values < first) | (values > last))
        if beyond.any():
            example = date_text(values[beyond][0], order)
            told.append(
                f"column {self.name!r} is outside of its training dates ({date_text(first, order)} "
                f"to {date_text(last, order)}) in {rows(int(beyond.sum()))}, such as {example}"
                + self._without_effect(values[beyond])
            )
        return told

    def _without_effect(self, values: Array) -> str:
        """What of these dates the model cannot use, as it never varied in training."""
        kept = {part.name for part in self.parts}
        first = date_parts(np.array([self.first], "datetime64[s]"))
        fixed = [
            name
            for name, numbers in date_parts(values).items()
            if name in PARTS.get(self.written.date, tuple(first))
            and name not in kept
            and (numbers != first[name][0]).any()
        ]
        if not fixed:
            return ""
        return f"; its {' and '.join(fixed)} never varied in training and has no effect"
