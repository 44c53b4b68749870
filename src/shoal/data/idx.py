"""The IDX format, in which MNIST and its relatives are published.

Two zero bytes, one byte for the element type, one for the number of
dimensions, the dimensions as big-endian 32-bit integers, then the elements,
big-endian, the last dimension running fastest.
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from math import prod
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from shoal.data.limits import check_size
from shoal.errors import DataError

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
