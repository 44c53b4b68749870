"""Masks whose numbers count objects: each nucleus has another one, and none of them is a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from shoal.data.encode.mask_coding import distinct
from shoal.errors import DataError

Array = npt.NDArray[Any]

MaskNumbers = Literal["semantic", "instance"]
"""Whether a number in a mask is a class, or an object."""

FEW = 10
"""So many numbers may always be classes."""

MANY = 41
"""More are seldom classes."""

DENSE = 0.8
"""Where objects are counted, of the numbers up to the greatest in a mask this share occurs."""

SMALL = 0.1
"""Of a picture the box around an object is this share at most, by the median."""

FULL = 0.35
"""Of the box around it an object fills this share at least, by the median."""

LEAST = 4
"""So many pixels an object has at least, by the median: smeared numbers have fewer."""

_LOOKED_AT = 30

OBJECTS_TOLD = "masks number objects"

OVERRULE = "--masks semantic (in Python masks='semantic') takes each number as a class"


def checked_numbers(numbers: MaskNumbers | None) -> MaskNumbers | None:
    """What the numbers of masks were said to be.

    Raises:
        DataError: something else.
    """
    if numbers is not None and numbers not in get_args(MaskNumbers):
        raise DataError(
            "the numbers of masks are classes or objects",
            expected="masks='semantic' or masks='instance'",
            received=repr(numbers),
        )
    return numbers


def are_instances(masks: Sequence[Array]) -> bool:
    """Whether the numbers of masks tell objects apart, and not classes.

    Objects are counted from 1 in each mask, so that another number of them occurs in each, and
    are small and in one piece; or there are many numbers, of which most occur in one mask alone.

    Args:
        masks: whole numbers, 0 for what is around the objects; negative ones are no label.
    """
    found = [numbers[numbers > 0] for mask in masks if len(numbers := distinct([mask]))]
    found = [numbers for numbers in found if len(numbers)]
    if not found:
        return False
    every, times = np.unique(np.concatenate(found), return_counts=True)
    if len(every) <= FEW:
        return False
    if len(every) > MANY and len(found) > 2 and np.mean(times == 1) > 0.5:
        return _are_small_and_whole(masks)
    counts = np.array([len(numbers) for numbers in found])
    dense = np.mean([len(numbers) / numbers[-1] for numbers in found])
    unlike = len(found) == 1 or counts.std() > 0.1 * counts.mean()
    return bool(dense >= DENSE and unlike and _are_small_and_whole(masks))


def _are_small_and_whole(masks: Sequence[Array]) -> bool:
    boxes: list[Array] = []
    sizes: list[Array] = []
    step = max(len(masks) // _LOOKED_AT, 1)
    for mask in masks[::step]:
        rows, columns = np.nonzero(mask > 0)
        if not len(rows):
            continue
        numbers, place = np.unique(mask[rows, columns], return_inverse=True)
        height = _span(place, rows, len(numbers))
        width = _span(place, columns, len(numbers))
        boxes.append(np.stack([height * width / mask.size, np.bincount(place) / (height * width)]))
        sizes.append(np.bincount(place))
    share, full = np.median(np.concatenate(boxes, axis=1), axis=1)
    return bool(share <= SMALL and full >= FULL and np.median(np.concatenate(sizes)) >= LEAST)


def _span(place: Array, at: Array, count: int) -> Array:
    """From the first to the last of these places, for each number."""
    order = np.lexsort((at, place))
    ends = np.flatnonzero(np.diff(place[order], append=count))
    starts = np.concatenate([[0], ends[:-1] + 1])
    span: Array = at[order][ends] - at[order][starts] + 1
    return span


def foreground(mask: Array) -> npt.NDArray[np.int32]:
    """1 where an object is, 0 around them, negative where nothing is known."""
    return np.where(mask < 0, mask, mask > 0).astype(np.int32)


def instances_note(masks: Sequence[Array], *, chosen: bool) -> str:
    """A remark on masks of objects that become foreground and background."""
    most = max(len(numbers[numbers > 0]) for numbers in (distinct([mask]) for mask in masks))
    told = f"{OBJECTS_TOLD}, up to {most:,} in one: each object is 1, what is around them 0"
    return told if chosen else f"{told}; {OVERRULE}"
