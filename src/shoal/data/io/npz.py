"""Reading npz files as data: no pickle, and no allocation beyond what the file holds."""

from __future__ import annotations

import math
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset, Task
from shoal.data.encode.mask_coding import Ignored
from shoal.data.io.instances import MaskNumbers
from shoal.data.io.named_arrays import Channels, array_names, check_names, data_of_arrays
from shoal.errors import DataError
from shoal.utils.limits import check_size

Array = npt.NDArray[Any]

# Deflate cannot shrink anything further than this, so a file that claims more lies.
_GREATEST_DEFLATION = 1032

_DAMAGES = (
    zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError,
    RuntimeError, OverflowError, struct.error,
)  # fmt: skip
"""What is raised where an archive is damaged."""


def load_npz(
    path: Path,
    *,
    need_target: bool,
    task: Task | None = None,
    channels: Channels | None = None,
    target: str | None = None,
    ignore: tuple[Ignored, ...] = (),
    masks: MaskNumbers | None = None,
) -> Dataset:
    """A data set from the arrays of an npz file: ``x``, ``y`` and ``weight``, or like names.

    Raises:
        DataError: if it is damaged, lacks the arrays, or they cannot be used.
    """
    where = str(path)
    with open(path, "rb") as file:
        every = _names(file, where)
        found = array_names(every, target)
        arrays = read_npz(file, os.path.getsize(path), where=where, names=found.used)
    check_names(found, every, where, need_target=need_target, target=target)
    return data_of_arrays(
        arrays,
        found,
        where,
        need_target=need_target,
        task=task,
        channels=channels,
        ignore=ignore,
        masks=masks,
    )


def _names(file: IO[bytes], where: str) -> list[str]:
    """The names of all arrays in the file."""
    try:
        with zipfile.ZipFile(file) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    except _DAMAGES as error:
        raise _damaged(error, where) from None


def _damaged(error: Exception, where: str) -> DataError:
    return DataError(
        "an npz file is a zip of NumPy arrays",
        received=str(error),
        where=where,
        hint="The file is damaged or something else.",
    )


def read_npz(
    file: IO[bytes], size: int, *, where: str, names: tuple[str, ...] | None = None
) -> dict[str, Array]:
    """The arrays of an npz file (those in ``names``, or all), checked before they are read.

    Args:
        file: the open file.
        size: its length in bytes.
        where: what to call it in messages.
        names: arrays to read; those that are not there are left out.

    Raises:
        DataError: if the file is damaged or an array holds Python objects.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = {m.filename.removesuffix(".npy"): m for m in archive.infolist()}
            wanted = members if names is None else [name for name in names if name in members]
            # Several members may point to the same bytes: together they have a limit too.
            together = sum(min(members[n].file_size, size * _GREATEST_DEFLATION) for n in wanted)
            check_size(together, "all arrays of the file", where)
            return {name: _read(archive, members[name], size, where) for name in wanted}
    except _DAMAGES as error:
        raise _damaged(error, where) from None


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int, where: str) -> Array:
    name = member.filename.removesuffix(".npy")
    where = f"{where}, array {name!r}"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(
            "an npz file is a zip of NumPy arrays, deflated or as they are",
            received=f"compression method {member.compress_type}",
            where=where,
        )
    with archive.open(member) as stream:
        shape, dtype = _header(stream)
    if dtype.hasobject:
        raise DataError(
            "arrays in an npz file are numbers or text",
            received="Python objects",
            where=where,
            hint="Save it again with a plain dtype. Pictures must have one size for that.",
        )
    declared = math.prod(shape) * dtype.itemsize
    if declared > min(member.file_size, size * _GREATEST_DEFLATION):
        raise DataError(
            "an array is as long as its header says",
            expected=f"{declared} bytes" if declared < 10**18 else "over 10^18 bytes",
            received=f"{member.file_size} bytes",
            where=where,
        )
    check_size(declared, f"the array {name!r}", where)
    with archive.open(member) as stream, _quiet():
        array: Array = np.lib.format.read_array(stream, allow_pickle=False)
    if dtype.kind == "U" and not _are_characters(array):
        raise DataError("texts in an npz file are Unicode", received="other numbers", where=where)
    return array


def _are_characters(texts: Array) -> bool:
    """Whether each number is that of a character, and of no half of a surrogate pair."""
    native = np.ascontiguousarray(texts.astype(texts.dtype.newbyteorder("="), copy=False))
    codes = native.reshape(-1).view(np.uint32)
    return bool(((codes < 0xD800) | ((codes > 0xDFFF) & (codes <= 0x10FFFF))).all())


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type, as an array's header tells them.

    Raises:
        ValueError: it does not parse, or tells something else.
    """
    version = np.lib.format.read_magic(stream)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"NumPy format version {version}")
    try:
        with _quiet():
            shape, _, dtype = read(stream)
    except (SyntaxError, RecursionError, MemoryError, TypeError, KeyError, TokenError) as error:
        raise ValueError(f"an array's header that does not parse ({error})") from None
    if not all(type(size) is int and 0 <= size < 2**63 for size in shape):
        raise ValueError(f"an array of shape {shape!r:.80}")
    return shape, dtype


@contextmanager
def _quiet() -> Iterator[None]:
    """Without warnings of what is odd about a header: it is read, or refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
