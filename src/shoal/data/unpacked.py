"""The bytes of a file, unpacked where its name says that it is compressed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from shoal.data.extras import needs
from shoal.data.limits import check_size
from shoal.data.table_files import PACKED
from shoal.errors import DataError

_PIECE = 1 << 20


def file_bytes(path: Path, factor: float = 1.0) -> bytes:
    """All bytes of a file, unpacked piece by piece if its name ends as those of `PACKED`.

    Args:
        path: the file.
        factor: memory that a byte takes, once it is read.

    Raises:
        DataError: it is damaged, it takes more memory than it may, or what unpacks it is
            not installed.
    """
    where = str(path)
    if path.suffix.lower() not in PACKED:
        check_size(path.stat().st_size * factor, "the table's cells", where)
        return path.read_bytes()
    data = io.BytesIO()
    try:
        with _opened(path, where) as file:
            while piece := file.read(_PIECE):
                data.write(piece)
                check_size(data.tell() * factor, "the table's cells", where)
    except DataError:  # what is larger than memory
        raise
    except (EOFError, ValueError, OSError, RuntimeError, NotImplementedError, *_DAMAGED) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DataError(
            f"a {path.suffix.lower()} file is whole and undamaged",
            received=str(error).rstrip("."),
            where=where,
            hint="Fetch or copy it again.",
        ) from None
    return data.getvalue()


_DAMAGED = (zlib.error, lzma.LZMAError, zipfile.BadZipFile)


@contextmanager
def _opened(path: Path, where: str) -> Iterator[IO[bytes]]:
    """The file, open to be read unpacked."""
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(_only(archive, where)) as file:
            yield file
    elif suffix == ".zst":
        with _zstd(path, where) as file:
            yield file
    else:
        kinds: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
        with kinds[suffix](path, "rb") as file:
            yield file


def _only(archive: zipfile.ZipFile, where: str) -> zipfile.ZipInfo:
    """The one file of an archive; those that macOS adds do not count."""
    files = [m for m in archive.infolist() if not m.is_dir()]
    files = [m for m in files if not m.filename.startswith("__MACOSX/")]
    if len(files) != 1:
        raise DataError(
            "a .zip of a table holds one file",
            received=f"{len(files)}",
            where=where,
            hint="Unpack it first.",
        )
    return files[0]


def _zstd(path: Path, where: str) -> Any:
    """By Python itself from 3.14 on, else by pyarrow."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]

        return zstd.open(path, "rb")
    except ImportError:
        with needs("pyarrow", "a .zst file", where, instead="unpack it first: unzstd"):
            import pyarrow
        return pyarrow.CompressedInputStream(pyarrow.OSFile(str(path)), "zstd")
