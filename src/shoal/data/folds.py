"""Folds for cross-validation: each row steers in one and trains in the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset
from shoal.data.split import Split, classes_of, first_alike
from shoal.data.whole_groups import deal_groups
from shoal.errors import DataError


def fold(dataset: Dataset, split: Split, folds: int) -> Split:
    """The split with its training and validation rows dealt into folds instead.

    Each class is dealt evenly to within one row; where the data set has groups,
    rows of one group go together, and classes as evenly as that allows.

    Args:
        dataset: with targets.
        split: of its rows; the test rows stay what they are.
        folds: how many, from 2.

    Raises:
        DataError: fewer rows or groups than folds.

    Source: Kohavi, "A study of cross-validation and bootstrap for accuracy
    estimation and model selection", IJCAI (1995), on stratified folds.
    """
    rows = np.sort(np.concatenate([split.train, split.validation]))
    rng = np.random.default_rng([split.seed, 0xF01D])
    kinds = classes_of(dataset, rows)
    groups = None if dataset.groups is None else dataset.groups[rows]
    if groups is None and dataset.kind == "text":  # a text that occurs again goes along
        groups = first_alike(dataset)[rows]
    most = len(rows) if groups is None else len(np.unique(groups))
    if isinstance(folds, bool) or not isinstance(folds, int | np.integer) or not 2 <= folds <= most:
        raise DataError(
            "cross-validation has at least two folds, each with a row or a whole group",
            expected=f"2 to {most} folds",
            received=repr(folds),
            where=dataset.name,
        )
    if groups is None:
        number = _dealt(kinds, folds, rng)
    else:
        number = deal_groups(groups, kinds, np.full(folds, 1 / folds), rng)
    return replace(split, train=rows, validation=rows[:0], folds=number)


def _dealt(
    kinds: npt.NDArray[np.int64], folds: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """A fold for each row: class after class in turn, so that all folds are of one size."""
    shuffled = rng.permutation(len(kinds))
    by_class = shuffled[np.argsort(kinds[shuffled], kind="stable")]
    number = np.empty(len(kinds), np.int64)
    number[by_class] = np.arange(len(kinds)) % folds
    return number
