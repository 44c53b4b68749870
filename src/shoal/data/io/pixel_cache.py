"""Pixels of large folders, decoded once: a mapped file in the user's cache, found again by its key.

A file holds the pixels as they lie in memory and behind them, as JSON, their shape, a checksum
of each block and what else is known of them. It is written under another name and renamed when
it is whole. What is damaged is as if it were not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import stat
import tempfile
import time
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from shoal.data.encode.pixels import is_large
from shoal.errors import DataError
from shoal.utils.environment import (
    DATA_CACHE,
    DATA_CACHE_GB,
    data_cache_gb,
    data_cache_setting,
    processors,
    user_cache,
)

Array = npt.NDArray[Any]

VERSION = 1
"""Of what the files hold: another one is not read."""

SUFFIX, UNFINISHED = ".pixels", ".part"
"""Of the names of files that are whole, and of those that are not."""

MAGIC = b"shoalpix"
TAIL = len(MAGIC) + 12
"""Bytes at the end of a file: length and checksum of the JSON before them, and a word."""

BLOCK = 1 << 26
"""Bytes of which one checksum is."""

ABANDONED = 24 * 3600.0
"""Seconds after which an unfinished file counts as abandoned."""

TYPES = ("uint8", "uint16", "int32", "float32")
"""Of pixels."""


class CachedPixels(NamedTuple):
    """Pixels that are in the cache.

    Attributes:
        x: a mapped file; only read.
        told: what was kept with them, as plain data.
        path: the file.
    """

    x: Array
    told: dict[str, Any]
    path: Path


def key_of(files: Iterable[tuple[str, int, int]], reading: Mapping[str, Any]) -> str:
    """What pixels are found again by.

    Args:
        files: of each its path, its size and when it was changed, in nanoseconds.
        reading: how they are read, as plain data.
    """
    state = hashlib.sha256(json.dumps([VERSION, reading], sort_keys=True).encode())
    for file in files:
        state.update(json.dumps(file).encode())
    return state.hexdigest()[:40]


def worth_keeping(size: int) -> bool:
    """Whether pixels of that many bytes go into the cache: where they do not fit into memory.

    Raises:
        DataError: the environment variables say what nobody understands.
    """
    return data_cache_setting() != "off" and is_large(size) and size <= data_cache_gb() * 1e9


def find(key: str) -> CachedPixels | None:
    """The pixels of this key; None where there are none, or none that are whole."""
    folder = cache_folder(make=False)
    if folder is None:
        return None
    path = folder / f"{key}{SUFFIX}"
    try:
        with path.open("rb") as file:
            found = _opened(path, file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if found is None:
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # the one that was not used for longest is the first to go
    return found


class Builder:
    """Pixels on their way into the cache; a context, after which nothing half remains.

    Where the cache cannot be used, it is as if there were none: `allocate` returns None.

    Args:
        key: what they will be found by.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self._file: Any = None
        self._path: Path | None = None
        self._map: np.memmap[Any, Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()

    def allocate(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array | None:
        """An array that is still to be filled: a file of the cache."""
        folder = cache_folder(make=True)
        if folder is None:
            return None
        kind, size = np.dtype(dtype), math.prod(shape) * np.dtype(dtype).itemsize
        _clear(folder, size)
        try:
            self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115  # closed when it is whole
                "w+b", dir=folder, prefix=f"{self.key}.", suffix=UNFINISHED, delete=False
            )
            self._path = Path(self._file.name)
            _lock(self._file)
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._file.fileno(), 0, size)  # else a full disk ends all
            self._map = np.memmap(self._file, kind, "r+", shape=shape)
            return np.asarray(self._map)
        except OSError as error:
            self._forget()
            if data_cache_setting() is None:
                return None
            raise _unusable(folder, error) from None

    def finish(self, x: Array, told: Mapping[str, Any]) -> CachedPixels:
        """Put the pixels under their key.

        Args:
            x: the array that was allocated, or the first rows of it.
            told: what is to be kept with them, as plain data.

        Raises:
            DataError: the file cannot be written.
        """
        assert self._path is not None
        assert self._map is not None
        path = self._path.with_name(f"{self.key}{SUFFIX}")
        try:
            footer = {
                "shape": list(x.shape),
                "dtype": x.dtype.name,
                "checksums": _checksums(x.reshape(-1).view(np.uint8)),
                "told": dict(told),
            }
            text = json.dumps(footer).encode()
            tail = np.array([len(text)], "<u8").tobytes() + zlib.crc32(text).to_bytes(4, "little")
            self._map.flush()
            self._file.truncate(_bytes_in(footer))
            self._file.seek(0, os.SEEK_END)
            self._file.write(text + tail + MAGIC)
            self._file.flush()
            os.fsync(self._file.fileno())
            os.replace(self._path, path)
            self._path = None
            found = _mapped(path, footer)
        except OSError as error:
            raise _unusable(path.parent, error) from None
        finally:
            self._forget()
        return found

    def _forget(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
        self._file = self._path = self._map = None


def cache_folder(*, make: bool) -> Path | None:
    """The folder of the cache; None where there is none, or one that is not the user's alone.

    Args:
        make: whether it is made if it is not there.

    Raises:
        DataError: it was asked for and cannot be used.
    """
    asked = data_cache_setting()
    if asked == "off":
        return None
    folder = asked if isinstance(asked, Path) else user_cache() / "pictures"
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        if asked is None:
            return None
        raise _unusable(folder, error) from None
    own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if stat.S_ISDIR(found.st_mode) and own and not found.st_mode & 0o022:
        return folder
    if asked is None:
        return None
    raise DataError(
        "pixels are kept in a folder that only the user writes to",
        expected="a folder that the user owns, with permissions such as 700",
        received=stat.filemode(found.st_mode),
        where=str(folder),
        hint=f"Remove it, or name another place with {DATA_CACHE}.",
    )


def cache_remark(found: CachedPixels) -> str:
    """A remark on where pixels lie, and how much they are; reports show it, so no home is named."""
    path = found.path
    with contextlib.suppress(ValueError, RuntimeError):
        path = "~" / path.relative_to(Path.home())
    everything = sum(size for _, size in _kept(found.path.parent))
    return (
        f"pixels are kept in {path} ({found.x.nbytes / 1e9:.2g} GB; all that is kept there: "
        f"{everything / 1e9:.2g} GB of {data_cache_gb():g} GB), where they are found again; "
        f"{DATA_CACHE} names another place, or is off"
    )


def _opened(path: Path, file: BinaryIO) -> CachedPixels | None:
    """The pixels in a file; None if it is damaged."""
    size = file.seek(0, os.SEEK_END)
    if size < TAIL:
        return None
    file.seek(size - TAIL)
    tail = file.read(TAIL)
    length = int.from_bytes(tail[:8], "little")
    if tail[12:] != MAGIC or length > size - TAIL:
        return None
    file.seek(size - TAIL - length)
    text = file.read(length)
    if zlib.crc32(text) != int.from_bytes(tail[8:12], "little"):
        return None
    footer = json.loads(text)
    if footer["dtype"] not in TYPES or _bytes_in(footer) != size - TAIL - length:
        return None
    found = _mapped(path, footer)
    whole = _checksums(found.x.reshape(-1).view(np.uint8)) == footer["checksums"]
    return found if whole else None


def _mapped(path: Path, footer: Mapping[str, Any]) -> CachedPixels:
    shape = tuple(footer["shape"])
    x = np.asarray(np.memmap(path, footer["dtype"], "r", shape=shape))
    return CachedPixels(x, footer["told"], path)


def _bytes_in(footer: Mapping[str, Any]) -> int:
    return int(math.prod(footer["shape"]) * np.dtype(footer["dtype"]).itemsize)


def _checksums(values: npt.NDArray[np.uint8]) -> list[int]:
    """Of each block; several threads compute them."""
    blocks = [values[start : start + BLOCK] for start in range(0, len(values), BLOCK)]
    with ThreadPoolExecutor(max(processors(), 1), "shoal-checksums") as pool:
        return list(pool.map(zlib.crc32, blocks))


def _kept(folder: Path) -> list[tuple[Path, int]]:
    """The files of the cache with their sizes, the one that was not used for longest first."""
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            known = path.stat()
            found.append((known.st_mtime_ns, path, known.st_size))
    return [(path, size) for _, path, size in sorted(found)]


def _clear(folder: Path, coming: int) -> None:
    """Remove unfinished files that nobody writes, and old ones until there is room."""
    for path in folder.glob(f"*{UNFINISHED}"):
        with contextlib.suppress(OSError), path.open("r+b") as file:
            if _abandoned(file):
                path.unlink()
    kept = _kept(folder)
    room = data_cache_gb() * 1e9 - coming - sum(size for _, size in kept)
    for path, size in kept:
        if room >= 0:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            room += size


def _lock(file: BinaryIO) -> None:
    """Let others know that a file is being written, where the system can tell."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _abandoned(file: BinaryIO) -> bool:
    """Whether nobody writes an unfinished file any more."""
    try:
        import fcntl
    except ImportError:
        return time.time() - os.fstat(file.fileno()).st_mtime > ABANDONED
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unusable(folder: Path, error: OSError) -> DataError:
    return DataError(
        "pixels of large folders are kept in a file",
        received=error.strerror or str(error),
        where=str(folder),
        hint=f"{DATA_CACHE} names another folder, or is off; {DATA_CACHE_GB} says how much.",
    )
