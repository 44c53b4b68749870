"""Pictures in files: PNG, JPEG, TIFF or BMP, read by pillow."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")

Array = npt.NDArray[Any]

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP")


def image_files(folder: Path) -> list[Path]:
    """The pictures that lie in a folder, by name; hidden files are none."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )


def read_images(files: Sequence[Path]) -> Array:
    """Pictures of one size, of shape (n, height, width, channels), one channel or three.

    Returns:
        uint8, or float32 where a picture has more than 8 bits.

    Raises:
        DataError: a file that is no picture, or pictures of several sizes.
    """
    arrays = [_channels(read_picture(path), path) for path in files]
    _check_sizes(files, arrays)
    most = max(array.shape[-1] for array in arrays)
    arrays = [np.repeat(a, most, axis=-1) if a.shape[-1] < most else a for a in arrays]
    return np.stack(arrays)


def read_masks(files: Sequence[Path]) -> Array:
    """Masks of one size, of shape (n, height, width): whole numbers as they are in the files.

    Raises:
        DataError: a file that is no mask, or masks of several sizes.
    """
    arrays = []
    for path in files:
        array = read_picture(path)
        if array.ndim == 3:
            if (array[..., :3] != array[..., :1]).any():
                raise DataError(
                    "a mask has one number for each pixel",
                    received="a picture in color",
                    where=str(path),
                    hint="Write class 0, 1, … of each pixel into a gray picture.",
                )
            array = array[..., 0]
        arrays.append(array.astype(np.int32))
    _check_sizes(files, arrays)
    return np.stack(arrays)


def read_picture(path: Path) -> Array:
    """One picture as it is in the file; of a palette's colors their numbers.

    Raises:
        DataError: it is none, or is far larger than pictures are.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as picture:
                array: Array = np.asarray(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        raise DataError(
            "the file is a picture",
            expected=", ".join(_FORMATS),
            received=str(error) or type(error).__name__,
            where=str(path),
        ) from None
    return array


def _channels(array: Array, path: Path) -> Array:
    """The picture with one channel or three; what is transparent is left out."""
    if array.ndim == 2:
        array = array[..., np.newaxis]
    if array.dtype == bool:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.shape[-1] in (2, 4):  # the last channel is how opaque it is
        array = array[..., :-1]
    if array.ndim != 3 or array.shape[-1] not in (1, 3):
        raise DataError(
            "a picture is gray or has three colors",
            received=f"shape {array.shape}",
            where=str(path),
        )
    return array if array.dtype == np.uint8 else array.astype(np.float32)


def _check_sizes(files: Sequence[Path], arrays: Sequence[Array]) -> None:
    for path, array in zip(files, arrays, strict=True):
        if array.shape[:2] != arrays[0].shape[:2]:
            raise DataError(
                "the pictures of a data set have one size",
                expected="×".join(map(str, arrays[0].shape[:2])) + f", as {files[0].name} has",
                received="×".join(map(str, array.shape[:2])),
                where=str(path),
                hint="Cut or scale them to one size first.",
            )
