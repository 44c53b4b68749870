"""Masks at the sizes of the pictures that they are of, where a model sees all at one size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.image_encoder import ImageEncoder
from shoal.data.picture_inputs import files_named, load_picture_files, of_other_sizes
from shoal.data.resizing import Resizing, resized_together, restored

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
    return resized_together(pictures, to), np.array([one.shape[:2] for one in pictures], np.int32)


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
