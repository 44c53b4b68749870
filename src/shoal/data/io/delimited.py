"""Rows of fields from the text of a table: what separates them, and what quotes mean."""

from __future__ import annotations

import csv
import io
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from shoal.data.columns.cell_column import FieldRows
from shoal.errors import DataError

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may separate fields, and what it is called."""

SAMPLE = 50
"""Rows by which a delimiter is judged."""

PART = 1 << 20
"""Letters of a text that are taken apart at a time, about."""

_BESIDE_NO_DIGITS = re.compile(r"(?<!\d),|,(?!\d)")

_LIMIT = threading.Lock()


@dataclass(frozen=True)
class Style:
    """How fields are set apart.

    Attributes:
        delimiter: what separates them.
        quotes: whether quotes enclose fields; else they are letters.
        escapes: whether a backslash stands before a quote that is a letter.
    """

    delimiter: str
    quotes: bool = True
    escapes: bool = False


@dataclass(frozen=True)
class Rows:
    """Fields by row, stripped, the line on which each row begins, and how they were read.

    An empty line is a row without fields; one of two quotes is a row of one empty field.
    """

    fields: FieldRows
    lines: list[int]
    style: Style
    notes: tuple[str, ...] = ()

    def without(self, dropped: set[int]) -> Rows:
        """Those that are left without some."""
        if not dropped:
            return self
        kept = [i for i in range(len(self.fields)) if i not in dropped]
        return replace(self, fields=self.fields.take(kept), lines=[self.lines[i] for i in kept])


def read_rows(text: str, usual: str, where: str, first_line: int = 1) -> Rows:
    """The rows of a table.

    Args:
        text: the file's.
        usual: the delimiter that the file's name promises.
        where: the file, for messages.
        first_line: the number of the text's first line in the file.

    Raises:
        DataError: a quote that is never closed, with the line on which it is opened.
    """
    delimiter = _delimiter(text, usual)
    notes: tuple[str, ...] = ()
    if delimiter not in (usual, ";"):
        notes = (f"fields are separated by {DELIMITERS[delimiter]}",)
    rows = _by_quotes(text, delimiter, where, first_line)
    header = next((row for row in rows.fields if row), [])
    if len(header) == 1 and '"' not in text and (rows.fields.lengths > 1).any():
        # The header names one column: what it does not separate separates nothing below.
        whole = text.splitlines()
        fields = FieldRows.of([line.strip()] if line else [] for line in whole)
        lines = list(range(first_line, first_line + len(whole)))
        told = ("the header names one column: each line is one cell",)
        return replace(rows, fields=fields, lines=lines, notes=notes + told)
    return replace(rows, notes=notes + rows.notes)


def _by_quotes(text: str, delimiter: str, where: str, first: int) -> Rows:
    """The rows, quotes taken for what they must be.

    Where tabs separate fields, a quote may well be a letter: a text that begins with one
    must not swallow the lines that follow. So quotes enclose fields only if no line is
    lost by it that is a whole row by itself.
    """
    letters = Style(delimiter, quotes=False)
    try:
        quoted = _parsed(text, Style(delimiter), where, first)
    except DataError as error:
        if '\\"' in text:
            try:
                return _parsed(text, Style(delimiter, escapes=True), where, first)
            except DataError:
                pass
        if delimiter != "\t":
            raise
        bare = _parsed(text, letters, where, first)
        if not _regular(bare):
            raise
        return replace(bare, notes=(f"{_place(error)} is not closed: quotes are taken as letters",))
    if delimiter == "\t" and '"' in text:
        bare = _parsed(text, letters, where, first)
        alone = len(bare.fields[0]) < 2 if bare.fields else True
        if not alone and _regular(bare) and len(bare.fields) != len(quoted.fields):
            told = "quotes are taken as letters: enclosing fields, they would join whole lines"
            return replace(bare, notes=(told,))
    return quoted


def _place(error: DataError) -> str:
    return f"a quote in {(error.where or '').rpartition(', ')[2]}"


def _regular(rows: Rows) -> bool:
    """Whether all rows have as many fields as the first, or all one more."""
    counts = set(rows.fields.lengths[1:].tolist()) - {0}
    return bool(rows.fields) and len(counts) == 1 and counts <= _fitting(len(rows.fields[0]))


def _fitting(header: int) -> set[int]:
    """Fields that rows may have: R leaves the name of the column of row names out."""
    return {header, header + 1}


def _delimiter(text: str, usual: str) -> str:
    """What separates the fields: the usual, unless another one makes a table and it does not."""
    sample = _beginning(text)
    found = {}
    for delimiter in (usual, *(d for d in DELIMITERS if d != usual)):
        if delimiter not in sample:
            continue
        rows = [row for row in _sampled(sample, delimiter) if row]
        if not rows or len(rows[0]) < 2:
            continue
        agreeing = sum(len(row) in _fitting(len(rows[0])) for row in rows) / len(rows)
        found[delimiter] = agreeing
    if not found:
        return usual
    others = [d for d, share in found.items() if d != "," and share == 1]
    if "," in found and others and not _BESIDE_NO_DIGITS.search(sample):
        return others[0]  # each comma is a decimal one
    if usual in found and not any(
        share == 1 and found[usual] < 0.5 for d, share in found.items() if d != usual
    ):
        return usual
    return max(found, key=lambda delimiter: found[delimiter])


def _beginning(text: str) -> str:
    """The first lines, quoted breaks among them."""
    end = -1
    for _ in range(SAMPLE):
        end = text.find("\n", end + 1)
        if end < 0:
            return text
    return text[:end]


def _sampled(text: str, delimiter: str) -> list[list[str]]:
    """Rows by a delimiter, as far as they can be read."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        rows: list[list[str]] = []
        with _long_fields():
            try:
                rows.extend(
                    csv.reader(
                        io.StringIO(text, newline=""),
                        delimiter=delimiter,
                        quoting=quoting,
                        skipinitialspace=delimiter != "\t",
                        strict=True,
                    )
                )
            except csv.Error:
                if len(rows) < 2:
                    continue
        return rows
    return []


def _parsed(text: str, style: Style, where: str, first: int) -> Rows:
    lines: list[int] = []
    reader = csv.reader(
        lines_of(text),
        delimiter=style.delimiter,
        quoting=csv.QUOTE_MINIMAL if style.quotes else csv.QUOTE_NONE,
        escapechar="\\" if style.escapes else None,
        skipinitialspace=style.delimiter != "\t",
        strict=True,
    )
    begin = 1

    def stripped() -> Iterator[list[str]]:
        nonlocal begin
        for row in reader:
            lines.append(begin + first - 1)
            begin = reader.line_num + 1
            yield [cell.strip() for cell in row]

    with _long_fields():
        try:
            return Rows(FieldRows.of(stripped()), lines, style)
        except csv.Error as error:
            raise DataError(
                "fields are separated, and quoted where they need it",
                received=str(error),
                where=f"{where}, line {begin + first - 1}",
                hint="Look for a quote that is not closed.",
            ) from None


def lines_of(text: str) -> Iterator[str]:
    r"""The lines of a text with what ends them: \n, \r or both.

    A part of it at a time, for `io.StringIO` takes four bytes a letter.
    """
    start = 0
    while start < len(text):
        end = text.find("\n", start + PART) + 1 or len(text)
        yield from io.StringIO(text[start:end], newline="")
        start = end


@contextmanager
def _long_fields() -> Iterator[None]:
    """Without the standard reader's limit on the length of a field, which is the process's."""
    with _LIMIT:
        before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        try:
            yield
        finally:
            csv.field_size_limit(before)
