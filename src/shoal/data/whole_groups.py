"""Rows that belong together go to one part of a split, or else its parts would know each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError


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
