"""Memory for inputs: where a device can use it as it lies, on disk if it is much."""

from __future__ import annotations

import math
import os
import tempfile
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError
from shoal.limits import most_bytes

ALIGNED = 64
"""Bytes at whose multiples an array begins that JAX uses without a copy, on processors."""

LARGE = 1 << 26
"""Bytes of rows that are copied at once."""

SHARE = 0.25
"""Of what one file may take of memory; inputs that take more are in a file themselves."""


def allocated(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array that is still to be filled.

    Where it would take much of the memory it is a mapped file without a name, in the folder
    for temporary files: of that the system keeps in memory what there is room for, and reads
    again what is asked for, such as the rows of a batch.

    Raises:
        DataError: there is no room for the file.
    """
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    if is_large(size):
        return _mapped(shape, kind, size)
    memory = np.empty(size + ALIGNED, np.uint8)
    first = -memory.ctypes.data % ALIGNED
    return memory[first : first + size].view(kind).reshape(shape)


def is_large(size: int) -> bool:
    """Whether so many bytes take much of the memory."""
    return size > SHARE * most_bytes()


def taken(x: npt.NDArray[Any], rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """These rows of an array, in memory of that kind where they take much of it."""
    if rows.dtype.kind not in "iu" or x.dtype == object or len(rows) * x[:1].nbytes < LARGE:
        return x[rows]
    found = allocated((len(rows), *x.shape[1:]), x.dtype)
    step = max(LARGE // x[:1].nbytes, 1)
    for start in range(0, len(rows), step):
        found[start : start + step] = x[rows[start : start + step]]
    return found


def _mapped(shape: tuple[int, ...], kind: np.dtype[Any], size: int) -> npt.NDArray[Any]:
    folder = tempfile.gettempdir()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)  # else a full disk ends the process
            return np.asarray(np.memmap(file, kind, "w+", shape=shape))
    except OSError as error:
        raise DataError(
            "inputs that take much memory are kept in a file meanwhile",
            expected=f"{size / 1e9:.1f} GB in the folder for temporary files",
            received=error.strerror or str(error),
            where=folder,
            hint="TMPDIR names another folder.",
        ) from None
