"""Tables in Excel files: the first sheet that holds something."""

from __future__ import annotations

import datetime
import warnings
import zipfile
from pathlib import Path
from typing import Any

from shoal.data.cell_column import FieldRows
from shoal.data.delimited import Rows, Style
from shoal.data.extras import needs
from shoal.data.header import settle_empty_lines
from shoal.data.limits import check_size
from shoal.data.sheet import Sheet, sheet_of_rows
from shoal.errors import DataError

CELL_BYTES = 4
"""Of memory for a byte of the unpacked file, of which most is around the cells."""

ERRORS = frozenset({"#N/A", "#DIV/0!", "#NUM!", "#VALUE!", "#REF!", "#NAME?", "#NULL!"})
"""What a cell holds whose formula gives nothing: a missing value."""


def read_excel(path: Path, *, header: bool | None, unnamed: bool) -> Sheet:
    """The header and cells of an Excel file, as its CSV would have them; see `read_sheet`.

    Formulas are their values of when the file was saved.

    Raises:
        DataError: it is damaged or something else, takes more memory than it may, or the
            package openpyxl is not installed.
    """
    where = str(path)
    with needs("openpyxl", "an Excel file", where):
        import openpyxl
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        check_size(size * CELL_BYTES, "the table's cells", where)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is not read: validation, styles
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                rows, notes = _first_sheet(book, where)
            finally:
                book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, SyntaxError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            "an Excel file is one that Excel can open",
            received=str(error)[:200].rstrip("."),
            where=where,
            hint="Save it again as .xlsx, or as CSV.",
        ) from None
    rows, settled = settle_empty_lines(rows)
    return sheet_of_rows(rows, where, (*notes, *settled), header=header, unnamed=unnamed)


def _first_sheet(book: Any, where: str) -> tuple[Rows, list[str]]:
    """The rows of the first sheet with something in it, without empty borders."""
    for page in book.worksheets:
        if hasattr(page, "reset_dimensions"):
            page.reset_dimensions()  # what other programs say of it is often wrong
        fields, lines = [], []
        for line, row in enumerate(page.iter_rows(values_only=True), start=1):
            cells = [_written(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                fields.append(cells)
                lines.append(line)
        if fields:
            others = len(book.worksheets) - 1
            told = f"the sheet {page.title!r} is read: the first of {others + 1} that holds a table"
            return Rows(FieldRows.of(_squared(fields)), lines, Style(",")), [told] if others else []
    raise DataError("a table has a header and rows", received="an empty file", where=where)


def _squared(fields: list[list[str]]) -> list[list[str]]:
    """The cells as a rectangle: Excel leaves out what is blank at the end, or the first column."""
    begin = min(next(i for i, cell in enumerate(row) if cell) for row in fields)
    width = max(map(len, fields))
    return [row[begin:] + [""] * (width - len(row)) for row in fields]


def _written(value: Any) -> str:
    """A cell as a CSV file has it; XML holds no zero byte, so that it has none."""
    if value is None or (isinstance(value, str) and value.strip() in ERRORS):
        return ""
    if isinstance(value, datetime.datetime):
        clock = value.time().replace(microsecond=0)
        return f"{value:%Y-%m-%d}" if clock == datetime.time() else f"{value:%Y-%m-%d} {clock}"
    if isinstance(value, datetime.time):
        return str(value.replace(microsecond=0))
    return str(value).strip()
