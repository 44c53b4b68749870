"""The IDX format, in which MNIST and its relatives are published; in files and in folders.

A file has two zero bytes, one byte for the element type, one for the number of dimensions, the
dimensions as big-endian 32-bit integers, then the elements, big-endian, the last dimension
running fastest.
"""

from __future__ import annotations

import gzip
import os
import re
import struct
import zlib
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset, Task
from shoal.data.io.folder_entries import files_in, visible
from shoal.data.io.named_arrays import Channels
from shoal.data.io.other_formats import way_out_of_folder
from shoal.data.splitting.equal_rows import repeat_notes
from shoal.errors import DataError
from shoal.utils.limits import check_size

ELEMENT_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

MOST_DIMENSIONS = 8
_GREATEST_DEFLATION = 1032
_PIECE = 1 << 20


def read_idx(path: Path) -> npt.NDArray[Any]:
    """The array in an IDX file, gzipped if its name ends in ``.gz``; native byte order.

    Nothing is allocated by what the header claims before the claim is held
    against the file's size, for a gzipped one against the most it can unpack to.

    Raises:
        DataError: for a wrong magic number, a damaged gzip, or a file shorter or
            longer than its header says.
    """
    size = os.path.getsize(path)
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rb") as file:
                return _read(cast("IO[bytes]", file), size * _GREATEST_DEFLATION, str(path))
        with open(path, "rb") as file:
            return _read(file, size, str(path))
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(
            "a .gz file is whole and undamaged",
            received=str(error).rstrip("."),
            where=str(path),
            hint="Fetch or copy it again.",
        ) from None


def _read(file: IO[bytes], most: int, where: str) -> npt.NDArray[Any]:
    """Decode an open IDX file that holds at most ``most`` bytes."""
    dtype, shape = _header(file, where)
    begin = 4 + 4 * len(shape)
    declared = prod(shape) * dtype.itemsize
    if begin + declared > most:
        raise _truncated(begin + declared, f"at most {most} bytes", shape, where)
    check_size(declared, f"an array of shape {shape}", where)
    data = bytearray()
    while len(data) < declared:
        piece = file.read(min(_PIECE, declared - len(data)))
        if not piece:
            raise _truncated(begin + declared, f"{begin + len(data)} bytes", shape, where)
        data += piece
    if file.read(1):
        raise DataError(
            "an IDX file ends where its header says",
            expected=f"{begin + declared} bytes for shape {shape}",
            received="more",
            where=where,
        )
    array = np.frombuffer(data, dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _header(file: IO[bytes], where: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = file.read(4)
    known = len(magic) == 4 and magic[:2] == b"\0\0" and magic[2] in ELEMENT_TYPES
    if not known or not 1 <= magic[3] <= MOST_DIMENSIONS:
        raise DataError(
            "an IDX file begins with 00 00, an element type and a number of dimensions",
            expected=f"a type of {', '.join(f'{t:02x}' for t in ELEMENT_TYPES)} and 1 to "
            f"{MOST_DIMENSIONS} dimensions",
            received=magic.hex(" ") or "an empty file",
            where=where,
        )
    dimensions = file.read(4 * magic[3])
    if len(dimensions) < 4 * magic[3]:
        raise DataError(
            "an IDX file is as long as its header says", received="half a header", where=where
        )
    return np.dtype(ELEMENT_TYPES[magic[2]]), struct.unpack(f">{magic[3]}I", dimensions)


def _truncated(needed: int, held: str, shape: tuple[int, ...], where: str) -> DataError:
    return DataError(
        "an IDX file is as long as its header says",
        expected=f"{needed} bytes for shape {shape}",
        received=held,
        where=where,
        hint="The file is truncated: fetch or copy it again.",
    )


Array = npt.NDArray[Any]

_ROLES = {
    "train": ("train-images", "train-labels"),
    "test": ("(?:t10k|test)-images", "(?:t10k|test)-labels"),
}

_NAME = r"(^|[-_.]){}[-_.]?idx\d?([-_.]?ubyte)?(\.gz)?$"


def is_idx_folder(folder: Path) -> bool:
    """Whether a folder holds a file that is named as IDX files of images are."""
    patterns = [re.compile(_NAME.format(images)) for images, _ in _ROLES.values()]
    return any(p.search(path.name) for path in files_in(folder) for p in patterns)


def load_idx_folder(
    folder: Path, *, need_target: bool, task: Task | None = None, name: str | None = None,
    channels: Channels | None = None,
) -> Dataset:  # fmt: skip
    """Images and labels from ``train-images…``, ``train-labels…`` and the ``t10k-`` pair.

    Labels are classes unless another task is given. The t10k rows come last and are the
    data set's canonical test rows.

    Raises:
        DataError: if files are missing, damaged, or do not fit each other.
    """
    parts = {
        role: _pair(folder, *patterns, need_target=need_target) for role, patterns in _ROLES.items()
    }
    there = [pair for pair in parts.values() if pair is not None]
    if not there:
        raise _nothing(folder)
    shapes = {images.shape[1:] for images, _ in there}
    if len(shapes) > 1:
        raise DataError(
            "training and test images have one shape",
            received=" and ".join(map(str, sorted(shapes))),
            where=str(folder),
        )
    types = {images.dtype.name for images, _ in there}
    if len(types) > 1:
        raise DataError(
            "training and test images count alike",
            received=" and ".join(sorted(types)),
            where=str(folder),
        )
    labels = [label for _, label in there]
    known = [label for label in labels if label is not None]
    y = np.concatenate(known) if len(known) == len(labels) else None
    dataset = Dataset.from_arrays(
        np.concatenate([images for images, _ in there]), y, task=task or "classification",
        channels=channels,
        name=name or str(folder),
    )  # fmt: skip
    if parts["train"] is None or parts["test"] is None:
        return dataset
    rows = np.arange(len(parts["train"][0]), len(dataset), dtype=np.int64)
    dataset = replace(dataset, fixed_test=rows, notes=())
    return dataset if y is None else replace(dataset, notes=repeat_notes(dataset))


def _nothing(folder: Path) -> DataError:
    held = [path.name for path in visible(folder)][:8]
    return DataError(
        "a folder holds IDX files, images/ and masks/, or a folder of pictures or texts for "
        "each class",
        expected="train-images-idx3-ubyte and train-labels-idx1-ubyte, or the same with .gz",
        received=", ".join(held) or "an empty folder",
        where=str(folder),
        hint=way_out_of_folder(folder),
    )


def _pair(
    folder: Path, images: str, labels: str, *, need_target: bool
) -> tuple[Array, Array | None] | None:
    image_file, label_file = _find(folder, images), _find(folder, labels)
    if image_file is None:
        return None
    x = read_idx(image_file)
    if x.ndim not in (3, 4):
        raise DataError(
            "a file of images has three dimensions, or four with channels",
            received=f"shape {x.shape}",
            where=str(image_file),
        )
    if label_file is None:
        if not need_target:
            return x, None
        raise DataError(
            "a file of images comes with its labels",
            expected=image_file.name.replace("images-idx3", "labels-idx1"),
            received="no such file",
            where=str(folder),
        )
    y = read_idx(label_file)
    if y.ndim != 1 or len(y) != len(x):
        raise DataError(
            "there is one label for each image",
            expected=f"{len(x)} labels for {image_file.name}",
            received=f"shape {y.shape}",
            where=str(label_file),
        )
    return x, y


def _find(folder: Path, pattern: str) -> Path | None:
    """The file whose name has the pattern and ``idx``; the unpacked one if both are there."""
    wanted = re.compile(_NAME.format(pattern))
    found = sorted(
        (p for p in files_in(folder) if wanted.search(p.name)),
        key=lambda p: (p.suffix == ".gz", p.name),
    )
    stems = {p.name.removesuffix(".gz") for p in found}
    if len(stems) > 1:
        raise DataError(
            "a folder holds one data set",
            received=", ".join(sorted(stems)),
            where=str(folder),
            hint="Put each data set in a folder of its own.",
        )
    return found[0] if found else None
