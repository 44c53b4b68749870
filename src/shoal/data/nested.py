"""Nested parts of the training rows: each holds the smaller ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Task

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
