"""Columns of dates and times, fitted on training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from shoal.data.cell_format import PLAIN, CellFormat
from shoal.data.cells import read_moments
from shoal.data.column import Array, Features, Nature, Place, blank_remark, refuse, rows
from shoal.data.dates import PARTS, date_parts, date_text
from shoal.data.scaling import mean_and_scale, varies

if TYPE_CHECKING:
    from shoal.data.frames import Holding


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
