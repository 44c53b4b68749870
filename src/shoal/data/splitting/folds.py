"""Folds and nested parts of the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset, Task
from shoal.data.splitting.equal_rows import deal_equal, deal_groups
from shoal.data.splitting.split import Split, classes_of, groups_of
from shoal.errors import DataError


def fold(dataset: Dataset, split: Split, folds: int) -> Split:
    """The split with its training and validation rows dealt into folds instead.

    Each class is dealt evenly to within one row; where the data set has groups, or rows
    with equal inputs, these go together, and classes as evenly as that allows.

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
    groups = groups_of(dataset, rows, folds if isinstance(folds, int) else 2)
    divided = _may_divide(dataset)
    most = len(rows) if groups is None or divided else len(np.unique(groups))
    if isinstance(folds, bool) or not isinstance(folds, int | np.integer) or not 2 <= folds <= most:
        raise DataError(
            "cross-validation has at least two folds, each with a row or a whole group",
            expected=f"2 to {most} folds",
            received=repr(folds),
            where=dataset.name,
        )
    shares = np.full(folds, 1 / folds)
    number = None
    if groups is not None and divided:
        number = deal_equal(groups, kinds, shares, rng)
    elif groups is not None:
        number = deal_groups(groups, kinds, shares, rng)
    if number is None:
        number = _dealt(kinds, folds, np.random.default_rng([split.seed, 0xF01D]))
    return replace(split, train=rows, validation=rows[:0], folds=number)


def ensemble_folds(dataset: Dataset, split: Split, folds: int) -> Split:
    """The split with folds beside it: training and validation rows, dealt as `fold` deals them.

    The networks of an ensemble are trained on them, each on all folds but one.

    Args:
        dataset: with targets.
        split: of its rows; training, validation and test rows stay what they are.
        folds: how many, from 2.

    Raises:
        DataError: fewer rows or groups than folds.
    """
    dealt = fold(dataset, split, folds)
    assert dealt.folds is not None
    rows = np.concatenate([split.train, split.validation])
    return replace(split, ensemble=dealt.folds[np.searchsorted(dealt.train, rows)])


def most_folds(dataset: Dataset, split: Split) -> int:
    """Into how many folds the training and validation rows can be dealt, at most."""
    rows = np.sort(np.concatenate([split.train, split.validation]))
    groups = None if _may_divide(dataset) else groups_of(dataset, rows, 2)
    return len(rows) if groups is None else len(np.unique(groups))


def _may_divide(dataset: Dataset) -> bool:
    """Whether rows that should stay together are divided rather than refused."""
    return dataset.groups is None and dataset.kind != "text"


def _dealt(
    kinds: npt.NDArray[np.int64], folds: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """A fold for each row: class after class in turn, so that all folds are of one size."""
    shuffled = rng.permutation(len(kinds))
    by_class = shuffled[np.argsort(kinds[shuffled], kind="stable")]
    number = np.empty(len(kinds), np.int64)
    number[by_class] = np.arange(len(kinds)) % folds
    return number


Rows = npt.NDArray[np.int32]


def nested_rows(
    y: npt.NDArray[np.generic], task: Task, sizes: Sequence[int], seed: int
) -> list[Rows]:
    """Random rows of each size, ascending; every part holds all of the smaller ones.

    Classes are spread evenly over the order in which rows enter, so that each part has
    about as large a share of every class as the whole.

    Args:
        y: targets of the training split, shape (n, …).
        task: what they are.
        sizes: rows of each part, at most n.
        seed: of the order; other seeds give other parts.
    """
    rng = np.random.default_rng([seed, 0xDA7A])
    shuffled = rng.permutation(len(y))
    if task == "classification":
        place = np.empty(len(y))
        for one in np.unique(y):
            members = shuffled[y[shuffled] == one]
            place[members] = (np.arange(len(members)) + rng.random()) / len(members)
        shuffled = shuffled[np.argsort(place[shuffled], kind="stable")]
    return [np.sort(shuffled[:size]).astype(np.int32) for size in sizes]
