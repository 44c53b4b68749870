"""Columns of texts in a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_format import PLAIN, CellFormat
from shoal.data.columns.column import Array, Features, Nature, Place, blank_remark

if TYPE_CHECKING:
    from shoal.data.io.frames import Holding

BETWEEN = "\n "
"""What stands between the texts of two columns: a line's end is a token of its own."""


def columns_named(text: str, names: Collection[str]) -> tuple[str, ...]:
    """The columns that such as ``"title,description"`` names; empty if it is none of them.

    A name may hold commas itself.
    """
    if text in names:
        return (text,)
    for name in sorted(names, key=len, reverse=True):
        rest = text[len(name) :].lstrip()
        if name and text.startswith(name) and rest.startswith(","):
            others = columns_named(rest[1:].strip(), names)
            if others and name not in others:
                return (name, *others)
    return ()


def joined_column(frame: Any, names: Sequence[str]) -> npt.NDArray[np.object_]:
    """The texts of these columns of a DataFrame, joined, of shape (n,)."""
    made = np.empty(len(frame), object)
    made[:] = joined_texts([_cells(frame[name]) for name in names])
    return made


def _cells(series: Any) -> list[str | None]:
    """A column's texts, None where there is none."""
    missing = series.isna().tolist()
    return [None if gone else str(cell) for cell, gone in zip(series, missing, strict=True)]


def joined_texts(columns: Sequence[Sequence[str | None]]) -> list[str]:
    """The texts of each row's columns, one after another; blanks leave nothing behind."""
    if len(columns) == 1:
        return [cell or "" for cell in columns[0]]
    return [BETWEEN.join(cell for cell in row if cell) for row in zip(*columns, strict=True)]


MOST_TERMS = 1000
"""Of a column, at most: each is an input of the network."""

ROWS_PER_TERM = 1
"""Training rows for each term, at least."""

LEAST_ROWS = 3
"""Training rows that a term is in, at least."""

NEARLY_ALL = 0.9
"""A term that is in so large a share of them tells nothing."""

_WORD = re.compile(r"\w+|[!?$€£%]")


@dataclass(frozen=True)
class TfidfColumn:
    r"""The weights of words and of pairs of words in a text, by frequency ("TF-IDF").

    .. math:: h_j = s\, \frac{(1 + \log f_j)\, i_j}{\sqrt{\sum_k ((1 + \log f_k)\, i_k)^2}},
        \qquad i_j = 1 + \log \frac{1 + n}{1 + n_j}

    f is how often term j is in the text, n of n training rows are :math:`n_j` with it. Terms
    are words in small letters, and two of them one after another; those that are in most
    rows are kept. The scale s makes the weights of a text's terms about one, as a category's
    feature is. A text without any of them, such as a blank one, is zeros.

    Source: Salton and Buckley, "Term-weighting approaches in automatic text retrieval",
    Information Processing & Management 24 (1988).

    Attributes:
        terms: in alphabetical order.
        idf: i of each.
        scale: s.
        indicator: whether training rows had blanks.
    """

    kind: ClassVar[str] = "tfidf"
    name: str
    terms: tuple[str, ...]
    idf: tuple[float, ...]
    scale: float
    indicator: bool
    written: CellFormat = PLAIN

    @classmethod
    def fit(cls, name: str, values: Array, written: CellFormat = PLAIN) -> TfidfColumn:
        """Fit on strings, None or an empty one for missing."""
        texts = values.tolist()
        found: Counter[str] = Counter()
        for text in texts:
            found.update(set(_terms(text or "")))
        most = min(MOST_TERMS, max(len(texts) // ROWS_PER_TERM, 1))
        present = sum(bool(text) for text in texts)
        often = [t for t, n in found.items() if LEAST_ROWS <= n <= NEARLY_ALL * present]
        kept = sorted(sorted(often, key=lambda t: (-found[t], t))[:most])
        idf = [1.0 + float(np.log((1 + len(texts)) / (1 + found[t]))) for t in kept]
        held = sum(found[t] for t in kept) / max(present, 1)
        scale = float(np.sqrt(max(held, 1.0)))
        return cls(name, tuple(kept), tuple(idf), scale, present < len(texts), written)

    @property
    def features(self) -> tuple[str, ...]:
        """One a term, then whether it was blank."""
        named = [f"{self.name}: {term}" for term in self.terms]
        return (*named, *[f"{self.name} missing"] * self.indicator)

    @property
    def natures(self) -> tuple[Nature, ...]:
        """Flags: mostly zero, and no quantities to be divided into bins."""
        flags: list[Nature] = ["flag"] * len(self.features)
        return tuple(flags)

    def read(self, holding: Holding, values: Array, place: Place) -> Array:
        """Strings, empty where a value is missing."""
        texts = values.tolist()
        if holding == "text":
            told = [text or "" for text in texts]
        elif holding == "date":
            told = ["" if text == "NaT" else text for text in values.astype(str).tolist()]
        else:
            told = ["" if number != number else f"{number:g}" for number in texts]
        return np.array([*told, None], object)[:-1]

    def encode(self, values: Array) -> Features:
        """Features of shape (n, terms + indicator)."""
        found = np.zeros((len(values), len(self.features)))
        for row, text in zip(found, values.tolist(), strict=True):
            counts = Counter(self._place[t] for t in _terms(text) if t in self._place)
            if counts:
                at = np.fromiter(counts, np.int64)
                weights = (1.0 + np.log(np.fromiter(counts.values(), np.float64))) * self._idf[at]
                row[at] = self.scale * weights / np.sqrt((weights**2).sum())
            if self.indicator and not text.strip():
                row[-1] = 1.0
        return found

    def remarks(self, values: Array) -> list[str]:
        """Blanks where training had none."""
        gone = sum(not text.strip() for text in values.tolist())
        if gone and not self.indicator:
            return [blank_remark(self.name, gone, "it counts as a text without any word")]
        return []

    @cached_property
    def _place(self) -> dict[str, int]:
        return {term: i for i, term in enumerate(self.terms)}

    @cached_property
    def _idf(self) -> Features:
        return np.array(self.idf)


def _terms(text: str) -> Iterable[str]:
    """Words, some signs, and pairs of words."""
    words = _WORD.findall(text.lower())
    return [*words, *map(" ".join, pairwise(words))]
