"""Columns of categories, fitted on training rows."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_format import BOOLEANS, PLAIN, CellFormat
from shoal.data.columns.column import (
    Array,
    Features,
    Nature,
    Place,
    blank_remark,
    refuse,
    rows,
    some,
)

if TYPE_CHECKING:
    from shoal.data.io.frames import Holding

_WHOLE_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,14})\.0+", re.ASCII)

FEW_CATEGORIES = 64
"""A column with no more keeps all of them."""

MOST_CATEGORIES = 2048
"""Categories that a column keeps, at most; one of them stands for all others."""

FEWEST_ROWS = 2
"""Of training that a category has to be worth a feature, beyond the few most frequent ones."""


@dataclass(frozen=True)
class CategoricalColumn:
    """One-hot over the categories of the training rows, in alphabetical order.

    A category that training did not see is all zeros, unless there were too
    many to keep: then a last feature stands for all that are not listed. These are, of a
    column of more than 64 categories, the ones of a single row, but for the 63 most frequent
    categories, and all beyond the 2,047 most frequent ones. A
    missing value is all zeros, and 1 in an indicator if training had missing ones.
    A single category is no feature that varies: it is 0, whatever comes.
    """

    kind: ClassVar[str] = "categorical"
    name: str
    categories: tuple[str, ...]
    other: bool
    indicator: bool
    written: CellFormat = PLAIN

    @classmethod
    def fit(cls, name: str, values: Array, written: CellFormat = PLAIN) -> CategoricalColumn:
        """Fit on strings, None for missing."""
        counts = Counter(value for value in values.tolist() if value is not None)
        kept = sorted(counts, key=lambda c: (-counts[c], c))
        if len(kept) > FEW_CATEGORIES:
            often = sum(count >= FEWEST_ROWS for count in counts.values())
            kept = kept[: min(max(often, FEW_CATEGORIES - 1), MOST_CATEGORIES - 1)]
        other = len(kept) < len(counts)
        return cls(name, tuple(sorted(kept)), other, None in values.tolist(), written)

    @property
    def features(self) -> tuple[str, ...]:
        """One a category, then the others, then whether it was missing."""
        names = [f"{self.name}={category}" for category in self.categories]
        names += [f"{self.name} other"] * self.other + [f"{self.name} missing"] * self.indicator
        return tuple(names)

    @property
    def natures(self) -> tuple[Nature, ...]:
        """Categories."""
        natures: list[Nature] = ["category"] * len(self.features)
        return tuple(natures)

    @property
    def varies(self) -> bool:
        """Whether training rows differed."""
        return len(self.features) > 1

    def read(self, holding: Holding, values: Array, place: Place) -> Array:
        """Strings, None where a value is missing."""
        if holding == "text":
            known = set(self.categories)
            cells = values.tolist()
            gone = {
                c for c in set(cells) - known if c is None or self.written.is_missing(c.strip())
            }
            return _objects([None if cell in gone else cell for cell in cells])
        if holding == "date":
            raise refuse("the column holds categories, as in training", place(0), "dates")
        texts = [_spelled(value, boolean=holding == "boolean") for value in values.tolist()]
        present = next((row for row, text in enumerate(texts) if text is not None), None)
        if holding == "number":
            decimals = self._decimals()
            texts = [text if text is None else decimals.get(text, text) for text in texts]
        odd = self._spelled_otherwise(boolean=holding == "boolean")
        if present is not None and odd is not None:
            raise refuse(
                "the column holds categories, as in training",
                place(present),
                f"the {'boolean' if holding == 'boolean' else 'number'} {texts[present]}, "
                f"where training had {odd!r}",
                'Give it as text: a file is read so with dtype={"' + self.name + '": str}.',
            )
        return _objects(texts)

    def _decimals(self) -> dict[str, str]:
        """By whole numbers, the categories that write them with a point, such as 1.0."""
        found = [c for c in self.categories if _WHOLE_DECIMAL.fullmatch(c)]
        told = {c.partition(".")[0]: c for c in found}
        single = len(told) == len(found) and not told.keys() & set(self.categories)
        return told if single else {}

    def _spelled_otherwise(self, *, boolean: bool) -> str | None:
        """A category that is a number or truth value, but not as Python writes it."""
        for category in self.categories:
            if boolean:
                truth = BOOLEANS.get(category.lower())
                number = None if truth is None else str(truth == 1)
            else:
                value = PLAIN.number(category)
                number = None if value is None else _spelled(value, boolean=False)
                number = self._decimals().get(number or "", number)
            if number is not None and number != category:
                return category
        return None

    def encode(self, values: Array) -> Features:
        """Features of shape (n, categories + other + indicator)."""
        place = self.places(values)
        hot = np.zeros((len(place), len(self.features)))
        there = np.flatnonzero(place >= 0)
        hot[there, place[there]] = 1.0
        return hot

    def places(self, values: Array) -> npt.NDArray[np.int64]:
        """Of each value the feature that is 1, or -1, of shape (n,)."""
        if not self.varies:
            return np.full(len(values), -1)
        blank = len(self.features) - 1 if self.indicator else -1
        unlisted = len(self.categories) if self.other else -1
        position: dict[str | None, int] = {c: i for i, c in enumerate(self.categories)}
        position[None] = blank
        return np.array([position.get(text, unlisted) for text in values.tolist()], np.int64)

    def remarks(self, values: Array) -> list[str]:
        """Categories that training did not see, unless there is a feature for these."""
        cells = values.tolist()
        told = []
        gone = cells.count(None)
        if gone and not self.indicator and self.varies:
            told.append(blank_remark(self.name, gone, "it counts as none of its categories"))
        if self.other:
            return told
        unseen = Counter(cell for cell in cells if cell is not None)
        for category in self.categories:
            unseen.pop(category, None)
        if unseen:
            what = "values" if len(unseen) > 1 else "a value"
            told.append(
                f"column {self.name!r} has {what} that training did not see, in "
                f"{rows(unseen.total())}: {some([repr(_short(text)) for text in unseen])}"
            )
        return told


def _spelled(value: float, *, boolean: bool) -> str | None:
    """A number as it would be written, whole ones without a point; None for missing."""
    if value != value:
        return None
    if boolean:
        return str(value == 1)
    return str(int(value)) if abs(value) < 1e16 and value == int(value) else repr(value)


def _objects(texts: list[str | None]) -> Array:
    return np.array([*texts, None], object)[:-1]


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
