"""Pictures of a folder on their way into memory, or into the cache where they are too many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.encode.pixels import allocated
from shoal.data.io.files import Member
from shoal.data.io.picture import AnyFile
from shoal.data.io.pixel_cache import Builder, CachedPixels, find, key_of, worth_keeping
from shoal.utils.environment import data_cache_setting

Array = npt.NDArray[Any]


class Keeping(Builder):
    """Where pixels are written: memory, or a file of the cache; a context.

    Args:
        files: the pictures.
        reading: how they are read, as plain data.
    """

    def __init__(self, files: Sequence[AnyFile], reading: Mapping[str, Any]) -> None:
        marks = None if data_cache_setting() == "off" else _marks(files)
        known = {**reading, "decoder": version("pillow")}
        super().__init__("" if marks is None else key_of(marks, known))
        self._kept: Array | None = None

    def found(self) -> CachedPixels | None:
        """The pixels, if they were kept before."""
        return find(self.key) if self.key else None

    def room(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """An array that is still to be filled."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if self.key and worth_keeping(size):
            self._kept = self.allocate(shape, dtype)
            if self._kept is not None:
                return self._kept
        return allocated(shape, dtype)

    def keep(self, x: Array, told: Mapping[str, Any]) -> CachedPixels | None:
        """Keep the pixels for the next time, if they were written into the cache.

        Args:
            x: the array, or the first rows of it.
            told: what is to be kept with them, as plain data.
        """
        if self._kept is None or not np.may_share_memory(x, self._kept):
            return None
        if x.shape[1:] != self._kept.shape[1:]:
            return None
        self._kept = None
        return self.finish(x, told)


def _marks(files: Sequence[AnyFile]) -> list[tuple[str, int, int]] | None:
    """What tells whether files have changed; None where some do not tell."""
    found = []
    archives: dict[str, int] = {}
    try:
        for file in files:
            if isinstance(file, Path):
                known = file.stat()
                found.append((str(file.absolute()), known.st_size, known.st_mtime_ns))
            elif isinstance(file, Member) and file.archive.filename is not None:
                name = file.archive.filename
                if name not in archives:
                    archives[name] = Path(name).stat().st_mtime_ns
                place = f"{Path(name).absolute()}/{file.inside}/{file.info.CRC}"
                found.append((place, file.info.file_size, archives[name]))
            else:
                return None
    except OSError:
        return None
    return found
