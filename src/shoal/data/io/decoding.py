"""From the bytes of a file to its text: compression and encoding."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from shoal.data.io.files import PACKED, needs
from shoal.errors import DataError
from shoal.utils.limits import check_size

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


MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks, and the encodings that they announce."""

WINDOWS = "cp1252"
"""What a file that is no UTF-8 is taken for: Windows' code page of western Europe."""

OTHER_FILES = {
    b"\x1f\x8b": "a compressed file (gzip)",
    b"PK\x03\x04": "a zip file, such as Excel writes",
    b"PAR1": "a Parquet file",
    b"\x28\xb5\x2f\xfd": "a compressed file (zstd)",
    b"BZh": "a compressed file (bzip2)",
    b"\xfd7zXZ": "a compressed file (xz)",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}
"""First bytes of files that are often given for a text, and what they are."""


def decoded(
    data: bytes, where: str, encoding: str | None = None, *, what: str = "a table"
) -> tuple[str, list[str]]:
    """The text of a file, and remarks on what was assumed.

    UTF-8 and UTF-16 are recognized by their bytes. What is neither is taken for Windows' code
    page, unless most of it is UTF-8: then a byte is damaged, and guessing would hide it.

    Args:
        data: the bytes.
        where: the file, for messages.
        encoding: what it is written in, if that is known.
        what: what the file is to be, for messages.

    Raises:
        DataError: it is no text, or not in the encoding that was named.
    """
    other = next((told for start, told in OTHER_FILES.items() if data.startswith(start)), None)
    if other is not None:
        raise DataError(
            f"{what} is a file of text", received=other, where=where,
            hint="Unpack it, or save it as text, first.",
        )  # fmt: skip
    if encoding is not None:
        text = _named(data, where, encoding, what)
        notes: list[str] = []
    else:
        text, notes = _found(data, where, what)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{what} is text", received="a zero byte", where=f"{where}, line {line}")
    return text, notes


def _named(data: bytes, where: str, encoding: str, what: str) -> str:
    try:
        codec = codecs.lookup(encoding)
        if not getattr(codec, "_is_text_encoding", True):
            raise LookupError
    except (LookupError, ValueError):
        raise DataError(
            "an encoding is one that Python knows",
            expected="a name such as utf-8, cp1252, latin-1, utf-16 or shift_jis",
            received=repr(encoding),
            where=where,
        ) from None
    try:
        return data.decode("utf-8-sig" if codec.name == "utf-8" else codec.name)
    except UnicodeError as error:
        raise _undecodable(data, getattr(error, "start", 0), codec.name, where, what) from None


def _found(data: bytes, where: str, what: str) -> tuple[str, list[str]]:
    mark = next((name for start, name in MARKS.items() if data.startswith(start)), None)
    if mark == "utf-16":
        return _named(data, where, mark, what), []
    if mark is None and (wide := _wide(data)) is not None:
        return _named(data, where, wide, what), [
            f"the file is read as {wide}, as its zero bytes tell"
        ]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        damaged = error.start
    # Letters beyond ASCII: so many are whole in UTF-8, so many bytes are not.
    whole = sum(c > "\x7f" for c in data.decode("utf-8", "ignore"))
    lost = data.decode("utf-8", "replace").count("\ufffd")
    if lost > whole:
        try:
            text = data.decode(WINDOWS)
        except UnicodeDecodeError:
            pass
        else:
            odd = next(c for c in text if c > "\x7f")
            return text, [
                f"the file is not UTF-8: read as {WINDOWS}, as Windows writes it, which has "
                f"{odd!r} in it (--encoding, or encoding=, names another)"
            ]
    raise _undecodable(data, damaged, "UTF-8", where, what)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of a western text is zero."""
    start = data[:4000]
    pairs = len(start) // 2
    if pairs < 2:
        return None
    if start[1::2].count(0) > 0.9 * pairs:
        return "utf-16-le"
    return "utf-16-be" if start[0::2].count(0) > 0.9 * pairs else None


def _undecodable(data: bytes, at: int, encoding: str, where: str, what: str) -> DataError:
    line = data.count(b"\n", 0, at) + 1
    column = at - (data.rfind(b"\n", 0, at) + 1) + 1
    return DataError(
        f"{what} is written in {encoding}",
        received=f"byte 0x{data[at]:02x} at position {column}" if at < len(data) else "its end",
        where=f"{where}, line {line}",
        hint="Save it again as UTF-8, or name what it is written in: --encoding, or encoding=.",
    )
