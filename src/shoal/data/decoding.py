"""From the bytes of a file to its text: what they are written in is found, and told."""

from __future__ import annotations

import codecs

from shoal.errors import DataError

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

    UTF-8 and UTF-16 are told by their bytes. What is neither is taken for Windows' code
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
