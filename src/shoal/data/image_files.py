"""Pictures in files: found in a folder, and read as one array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.limits import check_size
from shoal.data.picture import Picture, picture_header, read_picture
from shoal.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp")

Array = npt.NDArray[Any]

_BITS = {"uint8": "8 bits", "uint16": "16 bits", "int32": "32 bits", "float32": "real numbers"}

_SYSTEM = ("thumbs.db", "desktop.ini", "__macosx")
"""What operating systems leave in folders, besides hidden files."""

_SHOWN = 3


def image_files(folder: Path) -> list[Path]:
    """The pictures that lie in a folder, by name; hidden files are none."""
    return [path for path in visible(folder) if path.suffix.lower() in SUFFIXES and path.is_file()]


def visible(folder: Path) -> list[Path]:
    """What lies in a folder, by name, without hidden files and those of operating systems."""
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and path.name.lower() not in _SYSTEM
    )


def left_out(paths: Sequence[Path]) -> tuple[str, ...]:
    """A remark on files that are not read."""
    if not paths:
        return ()
    return (f"left out, for they are not of the data: {listed([path.name for path in paths])}",)


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def read_images(files: Sequence[Path]) -> tuple[Array, tuple[str, ...]]:
    """Pictures of one size, and remarks on what they show and the array does not.

    Returns:
        An array of shape (n, height, width, channels), one channel or three: uint8; of
        more than 8 bits uint16, int32 or float32.

    Raises:
        DataError: a file that is no picture, pictures of several sizes or depths, or
            more of them than may be taken into memory.
    """
    channels = _check_headers(files)
    first: Array | None = None
    pictures = []
    colors = 1
    for i, path in enumerate(files):
        picture = read_picture(path)
        if first is None:
            first = picture.values
            x = np.empty((len(files), *first.shape[:2], channels), first.dtype)
        _check_alike(path, picture.values, files[0], first)
        x[i] = picture.values  # gray fills every channel
        colors = max(colors, picture.values.shape[-1])
        pictures.append(replace(picture, values=first))  # the pixels are in x: hold no second copy
    return x if colors == channels else x[..., :1].copy(), _notes(files, pictures)


def _check_headers(files: Sequence[Path]) -> int:
    """Look at sizes before any pixel is read; the channels that will do for all."""
    headers = [picture_header(path) for path in files]
    for path, header in zip(files, headers, strict=True):
        # A PNG may say only behind its pixels how it lies.
        if sorted(header.size) != sorted(headers[0].size):
            raise _unlike_sizes(path, header.size, files[0], headers[0].size)
    channels = max(header.channels for header in headers)
    height, width = headers[0].size
    # As they are, once more while they are divided, and as a network's inputs of 32 bits.
    each = 2 * max(header.itemsize for header in headers) + 4
    check_size(
        len(files) * height * width * channels * each,
        f"a folder of {len(files)} pictures of {height}×{width}×{channels}",
        str(files[0].parent),
    )
    return channels


def _check_alike(path: Path, values: Array, first: Path, like: Array) -> None:
    if values.shape[:2] != like.shape[:2]:
        raise _unlike_sizes(path, values.shape[:2], first, like.shape[:2])
    if values.dtype != like.dtype:
        raise DataError(
            "the pictures of a data set have one depth",
            expected=f"{_BITS[like.dtype.name]} a pixel, as {first.name} has",
            received=_BITS[values.dtype.name],
            where=str(path),
            hint="Save them alike: a number that is bright in 8 bits is black in 16.",
        )
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError("pixels are finite numbers", received="NaN or infinity", where=str(path))


def _unlike_sizes(
    path: Path, size: tuple[int, ...], first: Path, expected: tuple[int, ...]
) -> DataError:
    like = first.name if first.parent == path.parent else f"{first.parent.name}/{first.name}"
    return DataError(
        "the pictures of a data set have one size",
        expected=f"{size_of(expected)}, as {like} has",
        received=size_of(size),
        where=str(path),
        hint="Cut or scale them to one size first.",
    )


def size_of(shape: Sequence[int]) -> str:
    """Height and width, as they are told."""
    return "×".join(map(str, shape[:2]))


def pages_note(files: Sequence[Path], pages: Sequence[int]) -> tuple[str, ...]:
    """A remark on pages and frames that are not read."""
    several = [f"{path.name} ({n})" for path, n in zip(files, pages, strict=True) if n > 1]
    if not several:
        return ()
    return (f"of files with several pages or frames the first is read: {listed(several)}",)


def _notes(files: Sequence[Path], pictures: Sequence[Picture]) -> tuple[str, ...]:
    told = {
        "pictures turned upright, as EXIF says": [picture.turned for picture in pictures],
        "opacity (alpha) is left out: colors are read as if opaque, and what is wholly "
        "transparent as white": [picture.see_through for picture in pictures],
        "of colors with 16 bits the upper 8 are read": [picture.cut for picture in pictures],
    }
    notes = [*pages_note(files, [picture.pages for picture in pictures])]
    for remark, flags in told.items():
        names = [path.name for path, flag in zip(files, flags, strict=True) if flag]
        if names:
            notes.append(f"{remark}: {listed(names)}")
    return tuple(notes)
