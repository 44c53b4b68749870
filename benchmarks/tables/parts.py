"""Which rows every method learns from, and which rows only score.

A fifth of the rows scores, by seed and for classes stratified; the rest is for training,
validation and folds, as each method likes. Rows that come twice are left where the seed
puts them. All draws come from `RandomState`, so that every environment has the same rows;
`digest` goes into each result, and the report compares it.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.tables.sets import Problem

SPLITS = 3
"""Splits of each set."""

TEST = 0.2
"""Share of the rows that scores."""

_FIRST_SEED = 1600


class Parts(NamedTuple):
    """Row numbers."""

    learn: np.ndarray
    test: np.ndarray


def parts(problem: Problem, split: int) -> Parts:
    """The rows of a split, numbered from 0."""
    learn, test = train_test_split(
        np.arange(len(problem.y)),
        test_size=TEST,
        random_state=_FIRST_SEED + split,
        stratify=problem.y if problem.task == "classification" else None,
    )
    return Parts(np.sort(learn), np.sort(test))


def digest(rows: np.ndarray) -> str:
    """A short fingerprint of row numbers."""
    return f"{zlib.crc32(np.asarray(rows, '<i8').tobytes()):08x}"
