"""The text of a CSV or TSV file: every complaint names the line.

It is read with the standard library's reader rather than pandas', which says
less of where a row is wrong and quietly accepts some that are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from shoal.data.columns.cell_column import FieldRows
from shoal.data.columns.cell_format import PLAIN
from shoal.data.io.decoding import decoded, file_bytes
from shoal.data.io.delimited import Rows, read_rows
from shoal.data.io.files import BARE, table_suffix
from shoal.data.io.header import (
    excel_separator,
    fit_header,
    names_columns,
    settle_empty_lines,
    spaces_as_tabs,
    without_comments,
)
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.io.frames import Holding

CELL_BYTES = 6
"""Of memory for a byte of the file, where cells are short: what is kept of it, their numbers,
and the text while it is read."""


@dataclass(frozen=True)
class Sheet:
    """A file's header and cells.

    Attributes:
        where: the file.
        names: the header, or where there is none names such as ``x0``.
        columns: the cells, by column: text as it stands there; of formats that have types
            `TypedCells`.
        lines: the line on which each row begins, or its number from 0.
        delimiter: what separated the fields.
        notes: remarks on what was assumed.
        unnamed: whether the file has no header.
        counted: what ``lines`` are, ``line`` or ``row``.
        asked: what columns are to hold, whatever they look like.
    """

    where: str
    names: list[str]
    columns: Sequence[Sequence[str]]
    lines: Sequence[int]
    delimiter: str = ","
    notes: tuple[str, ...] = ()
    unnamed: bool = False
    counted: str = "line"
    asked: Mapping[str, Holding] = field(default_factory=dict)

    def column(self, name: str) -> Sequence[str]:
        """The cells of a column."""
        return self.columns[self.names.index(name)]

    def place(self, row: int) -> str:
        """Where a row stands in the file."""
        return f"{self.counted} {self.lines[row]}"

    def keeping(self, positions: Sequence[int]) -> Sheet:
        """The sheet with these columns alone."""
        return replace(
            self,
            names=[self.names[i] for i in positions],
            columns=[self.columns[i] for i in positions],
        )


def read_sheet(
    path: Path,
    encoding: str | None = None,
    *,
    header: bool | None = None,
    unnamed: bool = False,
) -> Sheet:
    """The header and cells of a CSV or TSV file.

    Args:
        path: the file.
        encoding: what it is written in; None: UTF-8, UTF-16, or what its bytes look like.
        header: whether the first line names the columns; None: judged by what stands there.
        unnamed: whether there is no header where nothing tells: a model was trained on such.

    Raises:
        DataError: if it is no text, empty, has no rows, names two columns alike, or has rows
            of different lengths.
    """
    where = str(path)
    text, notes = decoded(file_bytes(path, CELL_BYTES), where, encoding)
    separator, text = excel_separator(text)
    text, left_out, commented = without_comments(text)
    usual = separator or ("\t" if table_suffix(path) == ".tsv" else ",")
    if table_suffix(path) in BARE and (spaced := spaces_as_tabs(text)) is not None:
        text, usual = spaced, "\t"
        notes.append("fields are separated by spaces")
    rows = read_rows(text, usual, where, 1 + left_out + (separator is not None))
    del text  # a large file's takes as much as the file
    notes += rows.notes
    rows, settled = settle_empty_lines(rows)
    told = (*notes, *commented, *settled)
    return sheet_of_rows(rows, where, told, header=header, unnamed=unnamed)


def sheet_of_rows(
    rows: Rows, where: str, notes: Sequence[str], *, header: bool | None, unnamed: bool
) -> Sheet:
    """The header and the cells by column.

    Args:
        rows: as they stand in the file, the header among them.
        where: the file.
        notes: remarks so far.
        header: whether the first of them names the columns; None: judged.
        unnamed: what is taken for true where nothing tells.

    Raises:
        DataError: there are no rows, names of columns are missing or alike, or rows have
            different lengths.
    """
    if not rows.fields:
        raise DataError("a table has a header and rows", received="an empty file", where=where)
    first, body = rows.fields[0], rows.fields[1:]
    named = names_columns(first, body) if header is None else header
    if named is None:
        named = not unnamed
    if not named:
        return _without_header(rows, where, notes, told=header is None)
    line, lines = f"{where}, line {rows.lines[0]}", rows.lines[1:]
    if not body:
        _check_header(first, line)
        raise DataError(
            "a table has rows below its header",
            received="only a header",
            where=where,
            hint="If that is a row, say so: --no-header, or header=False.",
        )
    names, body, fitted = fit_header(first, body, lines, where)
    _check_header(names, line)
    if header is None:
        fitted += _questions(names)
    return Sheet(where, names, body.columns(), lines, rows.style.delimiter, (*notes, *fitted))


def _without_header(rows: Rows, where: str, notes: Sequence[str], *, told: bool) -> Sheet:
    """A table whose columns are called by their places, from x0 on."""
    fields = rows.fields
    used = max((len(row) for row in fields if row[-1]), default=1)
    if (fields.lengths > used).any():
        fields = FieldRows.of(row[:used] + [c for c in row[used:] if c] for row in fields)
    names, body, fitted = fit_header(unnamed_columns(len(fields[0])), fields, rows.lines, where)
    called = f"the columns are called {names[0]} to {names[-1]}" if names[1:] else "it is x0"
    note = [f"the first line is a row as the others: {called} (--header: it names them)"] * told
    every = (*notes, *note, *fitted)
    sheet = Sheet(where, names, body.columns(), rows.lines, rows.style.delimiter, every)
    return replace(sheet, unnamed=True)


def unnamed_columns(count: int) -> list[str]:
    """What columns without names are called."""
    return [f"x{i}" for i in range(count)]


def _questions(names: Sequence[str]) -> list[str]:
    """A doubt about a header with numbers in it."""
    numbers = sum(PLAIN.number(name) is not None for name in names)
    if not numbers:
        return []
    question = f"{numbers} of {len(names)} column names are numbers: is that a header?"
    return [f"{question} (--no-header: it is a row)"]


def _check_header(names: Sequence[str], where: str) -> None:
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if name and name in seen:
            raise DataError(
                "the names of the columns differ",
                received=f"{name!r} twice",
                where=where,
                hint="If the first line is a row, say so: --no-header, or header=False."
                if PLAIN.number(name) is not None
                else None,
            )
        if not name and position > 1:
            raise DataError(
                "every column has a name in the header",
                received=f"no name for column {position}",
                where=where,
            )
        seen.add(name)
