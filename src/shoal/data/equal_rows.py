"""Equal rows are dealt to parts together, as far as that leaves every part enough of a class."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

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
    """How many of so many rows each part has; at least one, as long as there are any."""
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
