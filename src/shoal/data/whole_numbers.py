"""Targets that are whole numbers: do they name classes, or count and measure?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

MOST_FEW = 20
"""So many different whole numbers, at most, are few whatever they are."""

ROWS_PER_FEW = 10
"""Rows for each of few different whole numbers, on average, that make them classes."""

LEAST_OF_EACH = 3
"""Rows of the rarest: with fewer it could not be trained, steered by and tested at once."""

MOST_NUMBERED = 1000
"""Classes that are numbered through from 0 or 1, at most."""

RAREST = 0.2
"""Classes that are numbered through are about as frequent as each other, unlike counts: the
rarest has this share of the mean."""


def whole_numbers_are_classes(values: Array) -> bool:
    """Whether a target of numbers names classes or counts or measures something.

    The rule is the same for files, frames, arrays and lists, and for whole numbers written
    with a point. Classes are whole numbers, and either there are two of them; or each
    occurs in three rows or more, and there are at most 20 with ten rows each on average,
    or they go through from 0 or 1 and are about equally frequent. Anything else is a
    regression.
    """
    if not are_whole(values):
        return False
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= 2:
        return True
    if counts.min() < LEAST_OF_EACH:
        return False
    mean = len(values) / len(distinct)
    if len(distinct) <= MOST_FEW and mean >= ROWS_PER_FEW:
        return True
    first, last = int(distinct[0]), int(distinct[-1])
    numbered = first in (0, 1) and last - first == len(distinct) - 1
    return bool(numbered and len(distinct) <= MOST_NUMBERED and counts.min() >= RAREST * mean)


def are_whole(values: Array) -> bool:
    """Whether numbers are whole, whatever their type."""
    if values.dtype.kind in "biu":
        return True
    return bool(np.isfinite(values).all() and np.array_equal(values, np.round(values)))


def guess_note(values: Array, task: str, target: str | None) -> str | None:
    """A remark on what whole numbers were taken for; none on 0 and 1."""
    numbers = np.unique(values)
    if np.isin(numbers, (0, 1)).all():
        return None
    what = "the target" if target is None else f"the target {target!r}"
    other, as_what = (
        ("classification", "classes") if task == "regression" else ("regression", "numbers")
    )
    return (
        f"taken as {task}: {what} holds {len(numbers)} different whole numbers; --task {other} "
        f"(in Python task={other!r}) reads them as {as_what}"
    )
