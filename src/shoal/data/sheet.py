"""The text of a CSV or TSV file: every complaint names the line.

It is read with the standard library's reader rather than pandas', which says
less of where a row is wrong and quietly accepts some that are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shoal.data.cell_column import CellColumn
from shoal.data.decoding import decoded
from shoal.data.delimited import read_rows
from shoal.data.header import (
    excel_separator,
    fit_header,
    settle_empty_lines,
    without_comments,
)
from shoal.data.limits import check_size
from shoal.errors import DataError

CELL_BYTES = 6
"""Of memory for a byte of the file, where cells are short: what is kept of it, their numbers,
and the text while it is read."""


@dataclass(frozen=True)
class Sheet:
    """A file's header and cells, still text.

    Attributes:
        where: the file.
        names: the header.
        columns: the cells, by column.
        lines: the line on which each row begins.
        delimiter: what separated the fields.
        notes: remarks on what was assumed.
    """

    where: str
    names: list[str]
    columns: list[CellColumn]
    lines: list[int]
    delimiter: str = ","
    notes: tuple[str, ...] = ()


def read_sheet(path: Path, encoding: str | None = None) -> Sheet:
    """The header and cells of a CSV or TSV file.

    Args:
        path: the file.
        encoding: what it is written in; None: UTF-8, UTF-16, or what its bytes look like.

    Raises:
        DataError: if it is no text, empty, has no header, names two columns
            alike, or has rows of different lengths.
    """
    where = str(path)
    check_size(path.stat().st_size * CELL_BYTES, "the table's cells", where)
    text, notes = decoded(path.read_bytes(), where, encoding)
    separator, text = excel_separator(text)
    text, left_out, commented = without_comments(text)
    usual = separator or ("\t" if path.suffix.lower() == ".tsv" else ",")
    rows = read_rows(text, usual, where, 1 + left_out + (separator is not None))
    del text  # a large file's takes as much as the file
    notes += rows.notes
    rows, settled = settle_empty_lines(rows)
    if not rows.fields:
        raise DataError("a table has a header and rows", received="an empty file", where=where)
    names, body = rows.fields[0], rows.fields[1:]
    header_line, lines = rows.lines[0], rows.lines[1:]
    if not body:
        _check_header(names, f"{where}, line {header_line}")
        raise DataError("a table has rows below its header", received="only a header", where=where)
    names, body, fitted = fit_header(names, body, lines, where)
    _check_header(names, f"{where}, line {header_line}")
    told = (*notes, *commented, *settled, *fitted)
    return Sheet(where, names, body.columns(), lines, rows.style.delimiter, told)


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
