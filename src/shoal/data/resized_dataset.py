"""A data set of pictures at another size, with its masks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shoal.data.allocation import allocated
from shoal.data.resizing import (
    WAYS,
    Sides,
    Way,
    chosen_resizing,
    labels_resized,
    resized,
)

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset


def resized_dataset(dataset: Dataset, size: Sides | None, way: Way | None) -> Dataset:
    """The same pictures at this size; the masks with them, a pixel the label at its middle.

    Beside padded pictures the class of a mask is not known, and counts nowhere.

    Args:
        dataset: one of images.
        size: height and width; None: chosen, see `chosen_resizing`.
        way: how they get it; None: chosen.
    """
    height, width = dataset.x.shape[1:3]
    masks = dataset.task == "segmentation" and dataset.y is not None
    if masks and way is None:
        way = "fit"  # nothing of a mask is lost
    to = chosen_resizing([(height, width)], size, way)
    if to is None:
        return dataset
    x = allocated((len(dataset), *to.sides, dataset.x.shape[3]), dataset.x.dtype)
    for row, picture in zip(x, np.asarray(dataset.x), strict=True):
        row[...] = resized(picture, to)
    y = dataset.y
    if masks and y is not None:
        y = np.stack([labels_resized(one, to, -1) for one in y])
    note = f"pictures of {height}×{width} become {to} ({to.way}: {WAYS[to.way]})"
    own = np.tile(np.array([[height, width]], np.int32), (len(dataset), 1))
    return replace(
        dataset, x=x, y=y, resizing=to, file_sizes=own, notes=(*dataset.notes, note)
    )  # fmt: skip
