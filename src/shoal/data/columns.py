"""What becomes of a table's column: three kinds, each fitted on training rows.

A kind is a frozen dataclass of plain values, so that it compares and goes to
JSON; ``KINDS`` is the closed registry from which it comes back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from shoal.data.json_values import finite, positive, typed
from shoal.data.scaling import mean_and_scale
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.frames import Holding  # imports pandas, which images do without

Array = npt.NDArray[Any]
Features = npt.NDArray[np.float64]

MOST_CATEGORIES = 64
"""A text column with more becomes its 63 most frequent ones and one for all others."""


class Column(Protocol):
    """A fitted column: knows how many features it gives, and gives them."""

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """The column's name."""

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features it gives."""

    def encode(self, holding: Holding, values: Array, where: str) -> Features:
        """The features, of shape (n, len(features)).

        Raises:
            DataError: if the column holds something that it cannot have been fitted on.
        """


@dataclass(frozen=True)
class NumericColumn:
    """(value − mean) / scale, a missing value being the training median.

    If values were missing in training, a second feature is 1 where one is missing.
    """

    kind: ClassVar[str] = "numeric"
    name: str
    median: float
    mean: float
    scale: float
    indicator: bool

    @classmethod
    def fit(cls, name: str, values: Array) -> NumericColumn:
        """Fit on float64 values, NaN for missing."""
        missing = np.isnan(values)
        median = 0.0 if missing.all() else float(np.median(values[~missing]))
        mean, scale = mean_and_scale(np.where(missing, median, values))
        return cls(name, median, float(mean), float(scale), bool(missing.any()))

    @property
    def features(self) -> tuple[str, ...]:
        """The value, and whether it was missing."""
        return (self.name, f"{self.name} missing") if self.indicator else (self.name,)

    def encode(self, holding: Holding, values: Array, where: str) -> Features:
        """Features of shape (n, 1), or (n, 2) with the indicator."""
        numbers = _as_numbers(holding, values, where)
        missing = np.isnan(numbers)
        scaled = (np.where(missing, self.median, numbers) - self.mean) / self.scale
        return np.column_stack([scaled, missing]) if self.indicator else scaled[:, np.newaxis]


@dataclass(frozen=True)
class BooleanColumn:
    """0 for false, 1 for true, the training share of true where missing.

    If values were missing in training, a second feature is 1 where one is missing.
    """

    kind: ClassVar[str] = "boolean"
    name: str
    share: float
    indicator: bool

    @classmethod
    def fit(cls, name: str, values: Array) -> BooleanColumn:
        """Fit on 0.0, 1.0 and NaN for missing."""
        missing = np.isnan(values)
        share = 0.5 if missing.all() else float(values[~missing].mean())
        return cls(name, share, bool(missing.any()))

    @property
    def features(self) -> tuple[str, ...]:
        """The value, and whether it was missing."""
        return (self.name, f"{self.name} missing") if self.indicator else (self.name,)

    def encode(self, holding: Holding, values: Array, where: str) -> Features:
        """Features of shape (n, 1), or (n, 2) with the indicator."""
        numbers = _as_numbers(holding, values, where)
        missing = np.isnan(numbers)
        odd = ~missing & (numbers != 0) & (numbers != 1)
        if odd.any():
            raise DataError(
                "the column is true or false, as in training",
                received=float(numbers[odd][0]),
                where=where,
            )
        filled = np.where(missing, self.share, numbers)
        return np.column_stack([filled, missing]) if self.indicator else filled[:, np.newaxis]


@dataclass(frozen=True)
class CategoricalColumn:
    """One-hot over the categories of the training rows, in alphabetical order.

    A category that training did not see is all zeros, unless there were too
    many to keep: then a last feature stands for all that are not listed. A
    missing value is all zeros, and 1 in an indicator if training had missing ones.
    """

    kind: ClassVar[str] = "categorical"
    name: str
    categories: tuple[str, ...]
    other: bool
    indicator: bool

    @classmethod
    def fit(cls, name: str, values: Array) -> CategoricalColumn:
        """Fit on strings, None for missing."""
        counts = Counter(value for value in values.tolist() if value is not None)
        other = len(counts) > MOST_CATEGORIES
        kept = sorted(counts, key=lambda c: (-counts[c], c))[: MOST_CATEGORIES - other]
        return cls(name, tuple(sorted(kept)), other, None in values.tolist())

    @property
    def features(self) -> tuple[str, ...]:
        """One a category, then the others, then whether it was missing."""
        names = [f"{self.name}={category}" for category in self.categories]
        names += [f"{self.name} other"] * self.other + [f"{self.name} missing"] * self.indicator
        return tuple(names)

    def encode(self, holding: Holding, values: Array, where: str) -> Features:
        """Features of shape (n, categories + other + indicator)."""
        texts = _as_texts(holding, values)
        blank = len(self.features) - 1 if self.indicator else -1
        unlisted = len(self.categories) if self.other else -1
        position: dict[str | None, int] = {c: i for i, c in enumerate(self.categories)}
        position[None] = blank
        place = np.array([position.get(text, unlisted) for text in texts])
        hot = np.zeros((len(texts), len(self.features)))
        rows = np.flatnonzero(place >= 0)
        hot[rows, place[rows]] = 1.0
        return hot


KINDS = {c.kind: c for c in (NumericColumn, BooleanColumn, CategoricalColumn)}


def fit_column(name: str, holding: Holding, values: Array) -> Column:
    """The fitted column for what the training rows hold."""
    if holding == "number":
        return NumericColumn.fit(name, values)
    if holding == "boolean":
        return BooleanColumn.fit(name, values)
    return CategoricalColumn.fit(name, values)


def column_to_json(column: Column) -> dict[str, Any]:
    """The column as plain data, its kind among it."""
    return {"kind": column.kind, **asdict(column)}  # type: ignore[call-overload]  # a dataclass


def column_from_json(data: dict[str, Any]) -> Column:
    """The column that ``column_to_json`` wrote.

    Raises:
        KeyError, TypeError, ValueError: if it is nothing of the kind.
    """
    name, indicator = typed(data["name"], str), typed(data["indicator"], bool)
    kind = data["kind"]
    if kind == "numeric":
        scale = positive(data["scale"])
        return NumericColumn(name, finite(data["median"]), finite(data["mean"]), scale, indicator)
    if kind == "boolean":
        return BooleanColumn(name, finite(data["share"]), indicator)
    if kind == "categorical":
        categories = tuple(typed(c, str) for c in data["categories"])
        if len(set(categories)) != len(categories):
            raise ValueError("categories that differ")
        return CategoricalColumn(name, categories, typed(data["other"], bool), indicator)
    raise ValueError(f"a column kind of {', '.join(KINDS)}, not {kind!r}")


def _as_numbers(holding: Holding, values: Array, where: str) -> Features:
    """Float64 with NaN for missing; text only if every cell is blank."""
    if holding != "text":
        return values.astype(np.float64)
    present = [value for value in values.tolist() if value is not None]
    if present:
        raise DataError(
            "the column holds numbers, as in training",
            received=f"text such as {present[0]!r}",
            where=where,
        )
    return np.full(len(values), np.nan)


def _as_texts(holding: Holding, values: Array) -> list[str | None]:
    """Text as it is; numbers as they would be written, whole ones without a point."""
    if holding == "text":
        return list(values.tolist())
    if holding == "boolean":
        return [None if v != v else str(v == 1) for v in values.tolist()]
    return [None if v != v else str(int(v)) if v == int(v) else repr(v) for v in values.tolist()]
