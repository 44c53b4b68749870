"""The text of a CSV or TSV file: every complaint names the line.

It is read with the standard library's reader rather than pandas', which says
less of where a row is wrong and quietly accepts some that are.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shoal.data.limits import check_size
from shoal.errors import DataError

CELL_BYTES = 10
"""Of memory for a byte of the file: a cell of three letters is an object of fifty bytes."""


@dataclass(frozen=True)
class Sheet:
    """A file's header and cells, still text.

    Attributes:
        where: the file.
        names: the header.
        columns: the cells, by column.
        lines: the line on which each row begins.
    """

    where: str
    names: list[str]
    columns: list[tuple[str, ...]]
    lines: list[int]


def read_sheet(path: Path) -> Sheet:
    """The header and cells of a CSV or TSV file.

    Raises:
        DataError: if it is not UTF-8, empty, has no header, names two columns
            alike, or has rows of different lengths.
    """
    where = str(path)
    check_size(path.stat().st_size * CELL_BYTES, "the table's cells", where)
    text = _decode(path.read_bytes(), where)
    rows, lines = _parse(text, _delimiter(path, text), where)
    if not rows:
        raise DataError("a table has a header and rows", received="an empty file", where=where)
    names = rows.pop(0)
    header_line = lines.pop(0)
    _check_header(names, f"{where}, line {header_line}")
    if not rows:
        raise DataError("a table has rows below its header", received="only a header", where=where)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(names):
            raise DataError(
                "every row has a field for each column of the header",
                expected=f"{len(names)} fields",
                received=f"{len(row)}",
                where=f"{where}, line {line}",
            )
    return Sheet(where, names, list(zip(*rows, strict=True)), lines)


def _decode(data: bytes, where: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise DataError(
            "a table is text in UTF-8",
            received=f"byte 0x{data[error.start]:02x} at position {column}",
            where=f"{where}, line {line}",
            hint="Save it again as UTF-8.",
        ) from None
    if "\0" in text:
        raise DataError(
            "a table is text",
            received="a zero byte",
            where=f"{where}, line {text.count(chr(10), 0, text.index(chr(0))) + 1}",
        )
    return text


def _delimiter(path: Path, text: str) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = text.lstrip().split("\n", 1)[0]
    return ";" if ";" in header and "," not in header else ","


def _parse(text: str, delimiter: str, where: str) -> tuple[list[list[str]], list[int]]:
    """Rows of stripped cells, and the lines on which they begin; empty lines are skipped."""
    # Quotes mean nothing in a TSV: a text with one apostrophe must not swallow the file.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=quoting,
        skipinitialspace=delimiter != "\t",
        strict=True,
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    begin = 1
    try:
        for row in reader:
            if any(row) or len(row) > 1:
                rows.append([cell.strip() for cell in row])
                lines.append(begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            "fields are separated, and quoted where they need it",
            received=str(error),
            where=f"{where}, line {begin}",
            hint="Look for a quote that is not closed.",
        ) from None
    return rows, lines


def _check_header(names: list[str], where: str) -> None:
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if name and name in seen:
            raise DataError(
                "the names of the columns differ",
                received=f"{name!r} twice",
                where=where,
                hint="The first line names the columns." if is_number(name) else None,
            )
        if not name and position > 1:
            raise DataError(
                "every column has a name in the header",
                received=f"no name for column {position}",
                where=where,
            )
        seen.add(name)
    if all(is_number(name) for name in names):
        raise DataError(
            "the first line names the columns",
            received=f"numbers: {', '.join(names[:4])}{', …' * (len(names) > 4)}",
            where=where,
            hint="Put a line with names above the data.",
        )


def is_number(text: str) -> bool:
    """Whether a cell reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
