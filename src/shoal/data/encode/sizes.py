"""Data sets at another size than their pictures and masks have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.encode.image import ImageEncoder
from shoal.data.encode.pictures import files_named, load_picture_files, of_other_sizes
from shoal.data.encode.pixels import allocated
from shoal.data.encode.resizing import (
    WAYS,
    Resizing,
    Sides,
    Way,
    chosen_resizing,
    labels_resized,
    resize_all,
    resized,
    restored,
)

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset
    from shoal.data.preprocessing import Preprocessing

Array = npt.NDArray[Any]
Sizes = npt.NDArray[np.int32]


def resizing_of_masks(preprocessing: Preprocessing) -> Resizing | None:
    """What a segmentation does with pictures before its network sees them, if anything."""
    encoder = preprocessing.encoder
    segments = preprocessing.task == "segmentation" and isinstance(encoder, ImageEncoder)
    return encoder.resizing if segments and isinstance(encoder, ImageEncoder) else None


def at_one_size(preprocessing: Preprocessing, x: Any) -> tuple[Dataset | Array, Sizes] | None:
    """Pictures in memory or in files at a segmentation's size, and their own sizes.

    Returns:
        None where they have that size already, where the model takes pictures as they are, and
        for data sets, which are as they were read.
    """
    to = resizing_of_masks(preprocessing)
    if to is None:
        return None
    named = files_named(x)
    if named is not None:
        data = load_picture_files(named, preprocessing)
        return None if data.file_sizes is None else (data, data.file_sizes)
    pictures = of_other_sizes(x, to)
    if pictures is None:
        return None
    return resize_all(pictures, to), np.array([one.shape[:2] for one in pictures], np.int32)


def at_own_sizes(answers: Array, to: Resizing, sizes: Sizes, outside: Any) -> Array:
    """Answers for every pixel at the sizes of the pictures themselves.

    Args:
        answers: of shape (n, to.height, to.width, …).
        to: what was done with the pictures.
        sizes: their heights and widths, of shape (n, 2).
        outside: what stands outside of a picture that is smaller than others.

    Returns:
        shape (n, greatest height, greatest width, …).
    """
    shape = (len(answers), *sizes.max(axis=0).tolist(), *answers.shape[3:])
    whole: Array = np.full(shape, outside, answers.dtype)
    for row, one, (height, width) in zip(whole, answers, sizes.tolist(), strict=True):
        row[:height, :width] = restored(one, to, (height, width))
    return whole


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
