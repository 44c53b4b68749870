"""Labels that JPEG or resizing has smeared: numbers between the classes, along their edges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

Array = npt.NDArray[Any]

SMEARED = (
    "Numbers between the labels come from JPEG or resizing: save masks as PNG, and resize them "
    "with nearest neighbor."
)
"""The cause, and the way out."""

LEAST = 3
"""So many labels must be thin, for a rim drawn around objects is a class."""

THIN = 0.5
"""A label is thin if this share of its pixels is, and labels are smeared if this share is thin."""

ENOUGH = 10_000_000
"""So many pixels are looked at."""

_COUNTED = 1 << 16

_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


def distinct(masks: Iterable[Array]) -> Array:
    """The different labels of masks, ascending."""
    found = [np.zeros(0, np.int64)]
    for mask in masks:
        whole = mask.dtype.kind in "biu" and mask.size > 0
        small = whole and mask.min() >= 0 and mask.max() < _COUNTED
        # To count is far faster than to sort.
        labels = np.flatnonzero(np.bincount(mask.ravel())) if small else np.unique(mask)
        found.append(labels.astype(np.int64))
    return np.unique(np.concatenate(found))


def check_not_smeared(masks: Iterable[Array], classes: int, *, where: str) -> None:
    """Refuse masks of which most labels are nothing but lines between other labels.

    Args:
        masks: indices of classes in the order of their labels, each of shape (height,
            width); negative ones are of no class.
        classes: how many there are.
        where: what to call the masks in messages.

    Raises:
        DataError: they are smeared.
    """
    if classes <= LEAST:
        return
    count, thin = np.zeros(classes), np.zeros(classes)
    left = ENOUGH
    for mask in masks:
        if left <= 0:
            break
        mask = mask[: left // mask.shape[1] + 1]
        left -= mask.size
        known = mask >= 0
        count += np.bincount(mask[known], minlength=classes)
        thin += np.bincount(mask[known & _thin(mask)], minlength=classes)
    lines = int((thin > THIN * count).sum())
    if lines >= max(LEAST, THIN * int((count > 0).sum())):
        raise DataError(
            "each number in a mask is a class",
            received=f"{classes} different ones, of which {lines} are but lines between others",
            where=where,
            hint=SMEARED,
        )


def _thin(mask: Array) -> npt.NDArray[np.bool_]:
    """Pixels that lie between a smaller and a greater neighbor, or that no neighbor equals."""
    height, width = mask.shape
    padded = np.pad(mask, 1, mode="edge")
    between = np.zeros(mask.shape, bool)
    alike = np.zeros(mask.shape, bool)
    for down, right in _DIRECTIONS:
        after = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        before = padded[1 - down : 1 - down + height, 1 - right : 1 - right + width]
        between |= ((before < mask) & (mask < after)) | ((after < mask) & (mask < before))
        alike |= (before == mask) | (after == mask)
    return between | ~alike
