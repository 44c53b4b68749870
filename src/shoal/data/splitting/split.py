"""Training, validation and test rows: disjoint, seeded, and for classes stratified."""

from __future__ import annotations

import io
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset
from shoal.data.io.npz import read_npz
from shoal.data.splitting.equal_rows import deal_equal, deal_groups, first_equal, joined
from shoal.data.splitting.parts import VALIDATION, Parts
from shoal.errors import DataError
from shoal.utils.text import short_repr

Rows = npt.NDArray[np.int64]

Steering = float | Sequence[int] | Rows
"""Which rows steer training: a share of all, or their numbers."""


@dataclass(frozen=True, eq=False)
class Split:
    """Which rows train, which steer the training, and which judge its result.

    Attributes:
        train, validation, test: row numbers, int64, sorted, disjoint.
        seed: the seed they were drawn with.
        folds: for cross-validation, the fold of each training row, int64 from 0:
            in it the row steers, in the others it trains; then there are no
            validation rows.
        ensemble: for an ensemble of networks on folds beside the split, the fold of each
            training row and then of each validation row, int64 from 0.
    """

    __repr__ = short_repr

    train: Rows
    validation: Rows
    test: Rows
    seed: int
    folds: Rows | None = None
    ensemble: Rows | None = None

    def __post_init__(self) -> None:
        rows = np.concatenate([self.train, self.validation, self.test])
        if len(np.unique(rows)) != len(rows) or (len(rows) and rows.min() < 0):
            raise DataError("the parts of a split are disjoint row numbers")

    def to_bytes(self) -> bytes:
        """The split as the bytes of an npz file."""
        buffer = io.BytesIO()
        arrays: dict[str, Any] = {
            "train": self.train,
            "validation": self.validation,
            "test": self.test,
            "seed": np.int64(self.seed),
        }
        if self.folds is not None:
            arrays["folds"] = self.folds
        if self.ensemble is not None:
            arrays["ensemble"] = self.ensemble
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Split:
        """The split that ``to_bytes`` wrote.

        Raises:
            DataError: if the bytes hold anything else.
        """
        found = read_npz(io.BytesIO(data), len(data), where="stored split")
        names = ("train", "validation", "test", "seed")
        arrays = [found.get(name) for name in names]
        shapes = [None if a is None else (a.ndim, a.dtype.kind) for a in arrays]
        if shapes != [(1, "i")] * 3 + [(0, "i")]:
            raise DataError(
                "a stored split holds three lists of rows and a seed",
                received=f"arrays {sorted(found)}",
                where="stored split",
            )
        train, validation, test, seed = (found[name].astype(np.int64) for name in names)
        return cls(
            train, validation, test, int(seed), _folds(found.get("folds"), len(train)),
            _folds(found.get("ensemble"), len(train) + len(validation)),
        )  # fmt: skip


def split(
    dataset: Dataset,
    *,
    seed: int = 0,
    validation: Steering = 0.2,
    test: float = 0.2,
) -> Split:
    """Divide the rows at random, each class in proportion to within one row.

    Where the data set has groups, these stay whole, and the classes are as near
    to their proportions as that allows.

    Where the data set has a canonical test set, that is the test part, and
    ``validation`` is a share of the other rows. Where it says which rows are for training,
    validation and the test (`Dataset.parts`), these are the parts; one that no row is for is
    drawn from the training rows, of which it is a share then.

    Rows with equal inputs go to one part: a network is never judged by what it has learned
    by heart. Where so few rows of a class are different that a part would lack it, they are
    divided nevertheless.

    Args:
        dataset: what to divide; it must have targets.
        seed: the same seed gives the same split.
        validation: share of the rows that steer training, above 0; or the numbers of these
            rows, and what equals them is not looked for.
        test: share of the rows that are kept for the last judgement; may be 0.

    Raises:
        DataError: if a share makes no sense, or there are too few rows, of a
            class or altogether, for every part to have one.
    """
    if not isinstance(validation, int | float | np.number):
        return _steered_by(dataset, validation, seed, test)
    _check_shares(validation, test, seed)
    if dataset.parts is not None:
        return _given_parts(dataset, dataset.parts, seed, validation, test)
    if dataset.groups is not None and dataset.y is not None:
        return _whole_groups(dataset, seed, validation, test)
    rng = np.random.default_rng(seed)
    first = first_equal(dataset)
    if dataset.fixed_test is None:
        rows, fixed = np.arange(len(dataset)), None
    else:
        fixed = np.sort(dataset.fixed_test).astype(np.int64)
        rows, test = np.setdiff1d(np.arange(len(dataset)), fixed), 0.0
    needed = 2 + (test > 0)
    _, at, equal = np.unique(first[rows], return_index=True, return_inverse=True)
    distinct, own = np.sort(rows[at]), rows[at][equal]
    if len(distinct) < len(rows) and dataset.kind != "text":
        _check_sizes(dataset, _groups(dataset, rows), needed)
        shares = np.array([1 - validation - test, validation, test][:needed])
        part = deal_equal(own, classes_of(dataset, rows), shares, rng)
        if part is not None:
            drawn = rows[part == 2] if fixed is None else fixed
            return Split(rows[part == 0], rows[part == 1], drawn, int(seed))
        distinct = own = rows
    groups = _groups(dataset, distinct)
    _check_sizes(dataset, groups, needed)
    sizes = [len(group) for group in groups]
    test_sizes = _shares(sizes, test, [2] * len(sizes))
    validation_sizes = _shares(sizes, validation, [1 + t for t in test_sizes])
    parts: tuple[list[Rows], list[Rows], list[Rows]] = ([], [], [])
    for group, n_test, n_validation in zip(groups, test_sizes, validation_sizes, strict=True):
        cuts = [n_test, n_test + n_validation]
        for pieces, piece in zip(parts, np.split(rng.permutation(group), cuts), strict=True):
            pieces.append(piece)
    drawn, steering, training = (rows[np.isin(own, np.concatenate(one))] for one in parts)
    return Split(training, steering, drawn if fixed is None else fixed, int(seed))


def _given_parts(
    dataset: Dataset, parts: Parts, seed: int, validation: float, test: float
) -> Split:
    """The split that the data bring along; what they lack is a share of their training rows."""
    steers, judges = np.flatnonzero(parts == VALIDATION), dataset.test_rows
    steers = steers if judges is None else np.setdiff1d(steers, judges)
    rest = np.setdiff1d(np.arange(len(dataset)), steers)
    rest = rest if judges is None else np.setdiff1d(rest, judges)
    if not len(rest):
        raise DataError("some rows are for training", received="none", where=dataset.name)
    _check_trained(dataset, rest)
    bare = replace(dataset.rows(rest), parts=None)
    if not len(steers):
        test = test if judges is None else 0.0
        drawn = split(bare, seed=seed, validation=validation, test=test)
        own = rest[drawn.test] if judges is None else judges
        return Split(rest[drawn.train], rest[drawn.validation], own, int(seed))
    if judges is None and test > 0:
        drawn = split(bare, seed=seed, validation=test, test=0.0)
        return Split(rest[drawn.train], steers, rest[drawn.validation], int(seed))
    return Split(rest, steers, rest[:0] if judges is None else judges, int(seed))


def _check_trained(dataset: Dataset, rows: Rows) -> None:
    """Refuse classes that no training row is of."""
    if dataset.task != "classification" or dataset.y is None:
        return
    counts = np.bincount(dataset.y[rows], minlength=len(dataset.classes))
    absent = [dataset.classes[place] for place in np.flatnonzero(counts == 0)]
    if absent:
        raise DataError(
            "every class of validation and test has rows for training",
            received=f"none of {', '.join(map(reprlib.repr, absent[:5]))}"
            + (f" and {len(absent) - 5} more" if len(absent) > 5 else ""),
            where=_place(dataset),
            hint="Leave these classes out, or add rows of them to the training part.",
        )


def _steered_by(dataset: Dataset, given: Sequence[int] | Rows, seed: int, test: float) -> Split:
    """The split with these rows for validation; a share of the others is for the test."""
    own = np.asarray(given)
    whole = own.ndim == 1 and own.dtype.kind in "iu" and len(np.unique(own)) == len(own)
    inside = whole and len(own) and own.min() >= 0 and own.max() < len(dataset)
    if not inside or len(own) == len(dataset):
        raise DataError(
            "validation rows are different numbers of rows, and leave some for training",
            expected=f"from 0 to {len(dataset) - 1}",
            received=reprlib.repr(given),
            where=dataset.name,
        )
    own = np.sort(own).astype(np.int64)
    rest = np.setdiff1d(np.arange(len(dataset)), own)
    if dataset.test_rows is not None:
        drawn = np.setdiff1d(dataset.test_rows, own)
        return Split(np.setdiff1d(rest, drawn), own, drawn, int(seed))
    if test == 0:
        return Split(rest, own, rest[:0], int(seed))
    bare = replace(dataset.rows(rest), parts=None)
    parts = split(bare, seed=seed, validation=test, test=0.0)
    return Split(rest[parts.train], own, rest[parts.validation], int(seed))


def groups_of(dataset: Dataset, rows: Rows, parts: int) -> Rows | None:
    """Which of these rows stay together: a group, and equal rows; None where none do.

    Where equal rows tie groups together so that fewer are left than there are parts, the
    groups alone count.
    """
    equal = first_equal(dataset)[rows]
    if dataset.groups is None:
        return equal if len(np.unique(equal)) < len(rows) else None
    groups = dataset.groups[rows]
    both = joined(groups, equal)
    return both if len(np.unique(both)) >= parts else groups


def _whole_groups(dataset: Dataset, seed: int, validation: float, test: float) -> Split:
    """The split of a data set with groups."""
    assert dataset.groups is not None
    rows, fixed = np.arange(len(dataset)), dataset.fixed_test
    _groups(dataset, rows)  # refuses what cannot be divided at all
    if fixed is not None:
        fixed = np.sort(fixed).astype(np.int64)
        rows, test = np.setdiff1d(rows, fixed), 0.0
    shares = [1 - validation - test, validation] + ([test] if test else [])
    groups, kinds = groups_of(dataset, rows, len(shares)), classes_of(dataset, rows)
    assert groups is not None
    if len(np.unique(groups)) < len(shares):
        raise DataError(
            "every part of a split needs a group",
            expected=f"at least {len(shares)} groups",
            received=f"{len(np.unique(groups))}",
            where=dataset.name,
        )
    part = deal_groups(groups, kinds, np.array(shares), np.random.default_rng(seed))
    return Split(
        rows[part == 0], rows[part == 1], rows[part == 2] if fixed is None else fixed, int(seed)
    )


def classes_of(dataset: Dataset, rows: Rows) -> Rows:
    """The rows' classes; 0 for all where an example has no one class."""
    if dataset.task != "classification" or dataset.y is None:
        return np.zeros(len(rows), np.int64)
    return np.asarray(dataset.y[rows], np.int64)


def _folds(found: npt.NDArray[Any] | None, rows: int) -> Rows | None:
    """Stored folds.

    Raises:
        DataError: they are not one number from 0 for each row.
    """
    if found is None:
        return None
    if found.shape != (rows,) or found.dtype.kind != "i" or found.min(initial=0) < 0:
        raise DataError("every training row has a fold", where="stored split")
    return found.astype(np.int64)


def _check_shares(validation: float, test: float, seed: int) -> None:
    if not (validation > 0 and test >= 0 and validation + test < 1):
        raise DataError(
            "validation and test are shares of the rows that leave some for training",
            expected="validation above 0, test 0 or more, together below 1",
            received=f"validation={validation}, test={test}",
        )
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise DataError("a seed is a whole number from 0", received=repr(seed))


def _groups(dataset: Dataset, rows: Rows) -> list[Rows]:
    """The rows by class; all in one group where an example has no one class."""
    if dataset.y is None:
        raise DataError("training needs targets", received="inputs only", where=dataset.name)
    if dataset.task in ("regression", "multi-label"):
        return [rows]
    if len(dataset.classes) < 2:
        raise DataError(
            f"{dataset.task} needs at least two classes",
            received=f"only {', '.join(map(repr, dataset.classes)) or 'none'}",
            where=_place(dataset),
        )
    if dataset.task == "segmentation":
        return [rows]
    return [rows[dataset.y[rows] == index] for index in range(len(dataset.classes))]


def _check_sizes(dataset: Dataset, groups: list[Rows], needed: int) -> None:
    small = [index for index, group in enumerate(groups) if len(group) < needed]
    if not small:
        return
    if dataset.task != "classification":
        raise DataError(
            "every part of a split needs a row",
            expected=f"at least {needed} rows",
            received=f"{len(groups[0])}",
            where=dataset.name,
        )
    shown = (f"{reprlib.repr(dataset.classes[i])} with {len(groups[i])}" for i in small[:5])
    more = f" and {len(small) - 5} more" if len(small) > 5 else ""
    raise DataError(
        "every class needs a row in training, validation and test",
        expected=f"at least {needed} rows of each class",
        received=", ".join(shown) + more,
        where=_place(dataset),
        hint="Leave out or merge rare classes; a quantity is predicted with --task regression "
        "(in Python task='regression'), and an id is no target.",
    )


def _place(dataset: Dataset) -> str:
    return f"{dataset.name}, column {dataset.target!r}" if dataset.target else dataset.name


def _shares(sizes: list[int], share: float, reserved: list[int]) -> list[int]:
    """How many rows of each class: in total round(share × n), each within one of share × size.

    Largest remainders first; at least one of each, and ``reserved`` rows left over.
    """
    if share == 0:
        return [0] * len(sizes)
    quotas = np.array(sizes) * share
    taken = np.floor(quotas).astype(int)
    extra = round(float(quotas.sum())) - int(taken.sum())
    order = np.argsort(taken - quotas, kind="stable")
    taken[order[:extra]] += 1
    most = np.array(sizes) - np.array(reserved)
    return [int(n) for n in np.clip(taken, 1, np.maximum(most, 1))]
