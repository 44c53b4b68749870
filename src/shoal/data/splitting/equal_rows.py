"""Equal rows, and rows that belong together, go to one part."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.encode.texts import first_of_each
from shoal.data.io.arrays import is_frame
from shoal.data.splitting.parts import VALIDATION
from shoal.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from shoal.data.dataset import Dataset

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

_LARGE = 0.25
"""Of the smallest part: a larger group of equal rows is dealt before the others."""

_ENOUGH = 0.5
"""Of what a part should have of a class: with less, equal rows are divided instead."""


def deal_equal(
    groups: Rows, kinds: Rows, shares: npt.NDArray[np.float64], rng: np.random.Generator
) -> Rows | None:
    """A part for each row, the same for equal rows, each class near to its shares.

    Of a class, groups that are large beside a part go first, each to where most is
    missing. The others come in random order, and each part takes as many as fill it, so
    that how often a row is repeated does not decide where it goes. Where a class would
    leave a part with less than half of what it should have, for too few of its rows are
    different, its rows are dealt one by one.

    Args:
        groups: of each row, the same number for equal rows.
        kinds: the class of each row, from 0; a group is of the class of its first row.
        shares: of the rows, for each part, above 0, in sum 1.
        rng: where the small groups go.

    Returns:
        parts, or None where they would not hold equal rows together in any class, or
        where a part would lack a class.
    """
    part = np.full(len(groups), -1, np.int64)
    for members in _by_class(groups, kinds):
        _, code, sizes = np.unique(groups[members], return_inverse=True, return_counts=True)
        placed = _large_placed(sizes, shares)
        if placed is not None:
            small = placed < 0
            placed[small] = _filled(sizes[small], _missing(sizes, placed, shares), rng)
            part[members] = placed[code]
    if not (part >= 0).any():
        return None
    for kind in np.unique(kinds[part < 0]):
        left = np.flatnonzero((part < 0) & (kinds == kind))
        numbers = np.repeat(np.arange(len(shares)), _counts(len(left), shares))
        part[rng.permutation(left)] = numbers
    there = np.zeros((int(kinds.max()) + 1, len(shares)), bool)
    there[kinds, part] = True
    enough = np.bincount(kinds) >= len(shares)
    return part if there[enough].all() else None


def stay_whole(groups: Rows, kinds: Rows, shares: npt.NDArray[np.float64]) -> bool:
    """Whether `deal_equal` keeps all equal rows together."""
    part = deal_equal(groups, kinds, shares, np.random.default_rng(0))
    if part is None:
        return False
    pairs = np.unique(np.stack([groups, part]), axis=1)
    return bool(pairs.shape[1] == len(np.unique(groups)))


def joined(groups: Rows, others: Rows) -> Rows:
    """Groups that hold together what is together in either way of grouping."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, one = np.unique(groups, return_inverse=True)
    _, two = np.unique(others, return_inverse=True)
    count = int(one.max()) + 1
    size = count + int(two.max()) + 1
    edges = coo_array((np.ones(len(one)), (one, two + count)), shape=(size, size))
    label: Rows = connected_components(edges, directed=False)[1][one].astype(np.int64)
    return label


def _by_class(groups: Rows, kinds: Rows) -> list[Rows]:
    """The rows of each class; a group is of the class of its first row."""
    _, first, code = np.unique(groups, return_index=True, return_inverse=True)
    own = kinds[first][code]
    return [np.flatnonzero(own == kind) for kind in np.unique(own)]


def _large_placed(sizes: Array, shares: npt.NDArray[np.float64]) -> Rows | None:
    """The part of each large group, -1 for the small ones; None where they leave too little."""
    wanted = shares * sizes.sum()
    if len(sizes) < len(shares):
        return None
    placed = np.full(len(sizes), -1, np.int64)
    missing = wanted.tolist()
    empty = set(range(len(shares)))
    for done, group in enumerate(np.argsort(-sizes, kind="stable").tolist()):
        if sizes[group] <= _LARGE * wanted.min():
            break
        last = len(sizes) - done <= len(empty)  # no more groups than parts without one
        to = max(empty if last else range(len(shares)), key=lambda k: (missing[k], -k))
        empty.discard(to)
        placed[group] = to
        missing[to] -= float(sizes[group])
    has = np.bincount(placed[placed >= 0], sizes[placed >= 0], minlength=len(shares))
    small_share = _LARGE * wanted.min() if bool((placed < 0).any()) else 0.0
    has = has + _missing(sizes, placed, shares) - small_share
    return placed if bool((has >= np.maximum(_ENOUGH * wanted, 1e-9)).all()) else None


def _counts(rows: int, shares: npt.NDArray[np.float64]) -> Rows:
    """The number of rows of each part; at least one, as long as there are any."""
    counts = np.floor(rows * shares).astype(np.int64)
    order = np.argsort(counts - rows * shares, kind="stable")
    counts[order[: rows - int(counts.sum())]] += 1
    while counts.min() == 0 and counts.max() > 1:
        counts[counts.argmin()] += 1
        counts[counts.argmax()] -= 1
    return counts


def _missing(sizes: Array, placed: Rows, shares: npt.NDArray[np.float64]) -> Array:
    """How many rows of the small groups each part should have."""
    has = np.bincount(placed[placed >= 0], sizes[placed >= 0], minlength=len(shares))
    missing = np.maximum(shares * sizes.sum() - has, 0.0)
    rest = float(sizes[placed < 0].sum())
    return missing * (rest / missing.sum()) if missing.sum() > 0 else shares * rest


def _filled(sizes: Array, wanted: Array, rng: np.random.Generator) -> Rows:
    """A part for each group, in random order: the part in whose stretch its middle lies."""
    order = rng.permutation(len(sizes))
    middles = np.cumsum(sizes[order]) - sizes[order] / 2
    part = np.empty(len(sizes), np.int64)
    part[order] = np.searchsorted(np.cumsum(wanted)[:-1], middles, side="right")
    return part


_LONG = 4096
"""Bytes of a row from which on a part of it is looked at first."""

_BLOCK = 4096

_AT_ONCE = 1 << 26
"""Bytes of rows that are looked at together."""

_SHARES = np.array([0.6, 0.2, 0.2])
"""Of the rows, for the parts of the usual split."""


def first_equal(dataset: Dataset) -> Rows:
    """For each row the first one with the same inputs: its own, if it is no repetition."""
    if dataset.kind == "text":
        return first_of_each(dataset.x)
    x: Any = dataset.x
    return _first_equal_in_table(_coded(x)) if is_frame(x) else _first_equal_row(x)


def repeat_notes(dataset: Dataset) -> tuple[str, ...]:
    """A remark on rows that repeat another."""
    first = first_equal(dataset)
    if dataset.fixed_test is not None or dataset.parts is not None:
        return _given_notes(dataset, first)
    again = int((first != np.arange(len(first))).sum())
    if again == 0:
        return ()
    if dataset.kind == "text":
        what = "a text occurs" if again == 1 else f"{again} texts occur"
        return (f"{what} again: repetitions stay in the same part of a split",)
    one = {"image": "picture", "table": "row"}[dataset.kind]
    told = f"{again:,} of {len(first):,} {one}s repeat{'s' * (again == 1)} another: "
    if dataset.groups is not None or stay_whole(first, _kinds(dataset), _SHARES):
        return (f"{told}equal {one}s stay on one side of the split",)
    return (
        f"{told}too few are different to keep equal ones on one side of the split, so that "
        f"scores are in part of {one}s that were seen in training",
    )


def _given_notes(dataset: Dataset, first: Rows) -> tuple[str, ...]:
    """A remark on rows that data keep for the test or validation and that are in training too."""
    held = {"test": np.zeros(len(first), bool), "validation": np.zeros(len(first), bool)}
    held["test"][dataset.test_rows if dataset.test_rows is not None else []] = True
    if dataset.parts is not None:
        held["validation"] = (dataset.parts == VALIDATION) & ~held["test"]
    others = first[~(held["test"] | held["validation"])]
    both = int(np.isin(first[held["test"]], first[held["validation"]]).sum())
    told = (
        f"{both:,} of the {int(held['test'].sum()):,} rows that are for the test are among those "
        "for validation too: what is chosen by them is judged by them",
    )
    return (told if both else ()) + tuple(
        f"{seen:,} of the {int(rows.sum()):,} rows that are for the {part} are among the others "
        f"too: the {part} score is in part of what was seen in training"
        for part, rows in held.items()
        if (seen := int(np.isin(first[rows], others).sum()))
    )


def _kinds(dataset: Dataset) -> Rows:
    if dataset.task != "classification" or dataset.y is None:
        return np.zeros(len(dataset), np.int64)
    return np.asarray(dataset.y, np.int64)


def _first_equal_row(x: Array) -> Rows:
    flat = x.reshape(len(x), -1)
    if flat.shape[1] * flat.itemsize <= _LONG:
        return _first_of(flat, np.arange(len(flat)))
    # Of long rows a few values mostly tell that they differ, and reading all would take long.
    step = -(-flat.shape[1] * flat.itemsize // _LONG)
    first = _first_of(flat[:, ::step], np.arange(len(flat)))
    counts = np.bincount(first, minlength=len(first))
    doubtful = np.flatnonzero(counts[first] > 1)
    if len(doubtful):
        first = np.arange(len(flat))
        first[doubtful] = _first_of(flat, doubtful)
    return first


def _first_of(flat: Array, rows: Rows) -> Rows:
    """For each of these rows the first of them that is equal."""
    seen: dict[bytes, int] = {}
    found = np.empty(len(rows), np.int64)
    step = max(min(_BLOCK, _AT_ONCE // max(flat.shape[1] * flat.itemsize, 1)), 1)
    for start in range(0, len(rows), step):
        block = flat[rows[start : start + step]]
        if block.dtype.kind == "f":
            block = np.where(np.isnan(block), np.nan, block) + 0.0  # one NaN, and no -0.0
        for place, row in enumerate(np.ascontiguousarray(block), start):
            digest = blake2b(row.data, digest_size=16).digest()
            found[place] = seen.setdefault(digest, int(rows[place]))
    return found


def _coded(frame: pd.DataFrame) -> list[npt.NDArray[np.float64]]:
    """A table's columns as numbers that are equal where the cells are."""
    import pandas as pd

    columns = []
    for name in frame.columns:
        column = frame[name]
        if column.dtype == np.float64:
            columns.append(column.to_numpy())
        else:
            columns.append(pd.factorize(column)[0].astype(np.float64))
    return columns


def _first_equal_in_table(columns: list[npt.NDArray[np.float64]]) -> Rows:
    """As `_first_equal_row`; a sum of each row tells mostly that it has no equal."""
    sums = _row_sums(columns)
    order = np.argsort(sums, kind="stable")
    again = np.flatnonzero(sums[order[1:]] == sums[order[:-1]])
    first = np.arange(len(sums))
    doubtful = np.unique(np.concatenate([order[again], order[again + 1]]))
    if len(doubtful):
        rows = np.column_stack([column[doubtful] for column in columns])
        first[doubtful] = doubtful[_first_equal_row(rows)]
    return first


def _row_sums(columns: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.uint64]:
    """A number of each row, the same for rows that are equal.

    Each step of a column is one to one, so that rows that differ in one column never agree.
    """
    sums = np.zeros(len(columns[0]), np.uint64)
    for start in range(0, len(sums), _BLOCK):
        own = sums[start : start + _BLOCK]
        for column in columns:
            part = column[start : start + _BLOCK]
            part = np.where(np.isnan(part), np.nan, part) + 0.0  # one NaN, and no -0.0
            own ^= part.view(np.uint64)
            own *= np.uint64(0x9E3779B97F4A7C15)
            own ^= own >> np.uint64(32)
    return sums


def check_groups(groups: Any, rows: int, where: str) -> npt.NDArray[np.int64]:
    """The group of each example, numbered from 0.

    Args:
        groups: of each example, numbers or names: the patient, the site, the day.
        rows: number of examples.
        where: for messages.

    Raises:
        DataError: another number of them, some missing, or all the same.
    """
    names = [None if value is None or value != value else str(value) for value in list(groups)]
    if len(names) != rows:
        raise DataError(
            "every example belongs to one group",
            expected=f"{rows} groups",
            received=str(len(names)),
            where=where,
        )
    if None in names:
        raise DataError(
            "every example belongs to a group", received=f"none in row {names.index(None)}",
            where=where,
        )  # fmt: skip
    distinct, number = np.unique(np.array(names), return_inverse=True)
    if len(distinct) < 2:
        raise DataError("groups divide the examples", received="one group", where=where)
    return number.astype(np.int64)


def deal_groups(
    groups: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.int64],
    shares: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """A part for each row, the same for all rows of a group.

    The largest groups first, each goes where the classes of all parts then come
    nearest to their shares. A part that has none yet comes first once there are
    no more groups than such parts.

    Args:
        groups: of each row.
        kinds: the class of each row, from 0.
        shares: of the rows, for each part, above 0.
        rng: breaks ties between groups of one size.
    """
    distinct, code = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(distinct), int(kinds.max(initial=0)) + 1))
    np.add.at(counts, (code, kinds), 1.0)
    totals = np.maximum(counts.sum(axis=0), 1.0)
    shuffled = rng.permutation(len(distinct))
    order = shuffled[np.argsort(-counts.sum(axis=1)[shuffled], kind="stable")]
    missing = -np.outer(shares, counts.sum(axis=0))  # what a part has, less what it should
    part = np.empty(len(distinct), np.int64)
    taken = np.zeros(len(shares), np.int64)
    for done, group in enumerate(order):
        change = ((missing + counts[group]) ** 2 - missing**2) / totals**2
        price = change.sum(axis=1)
        if len(distinct) - done <= np.count_nonzero(taken == 0):
            price[taken > 0] = np.inf
        to = int(price.argmin())
        part[group] = to
        missing[to] += counts[group]
        taken[to] += 1
    return part[code]
