"""Tables in formats that have types: Arrow, Parquet, Excel."""

from __future__ import annotations

import datetime
import json
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_column import FieldRows
from shoal.data.io.delimited import Rows, Style
from shoal.data.io.files import needs
from shoal.data.io.header import settle_empty_lines
from shoal.data.io.sheet import Sheet, sheet_of_rows
from shoal.errors import DataError
from shoal.utils.limits import check_size

if TYPE_CHECKING:
    import pandas as pd

    from shoal.data.io.frames import Holding


@dataclass(frozen=True, eq=False)
class TypedCells(Sequence[str]):
    """A column of one type, which reads as the text that a CSV file would have.

    Attributes:
        holding, values: as ``frames.column_values`` gives them.
        whole: whether its numbers are declared whole: 3 is written 3, and not 3.0.
    """

    holding: Holding
    values: npt.NDArray[Any]
    whole: bool = False

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Where nothing is."""
        if self.holding == "text":
            return np.array([value is None for value in self.values], bool)
        gone: npt.NDArray[np.bool_] = (
            np.isnat(self.values) if self.holding == "date" else np.isnan(self.values)
        )
        return gone

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return TypedCells(self.holding, self.values[place], self.whole)
        return next(self._texts(self.values[place : place + 1 or None]))

    def __iter__(self) -> Iterator[str]:
        return self._texts(self.values)

    def _texts(self, values: npt.NDArray[Any]) -> Iterator[str]:
        if self.holding == "text":
            return ("" if value is None else value for value in values.tolist())
        if self.holding == "date":
            return ("" if text == "NaT" else _moment(text) for text in values.astype(str).tolist())
        numbers = values.tolist()
        if self.holding == "boolean":
            return ("" if n != n else "True" if n else "False" for n in numbers)
        if self.whole:
            return ("" if n != n else str(int(n)) for n in numbers)
        return ("" if n != n else repr(n) for n in numbers)


def _moment(text: str) -> str:
    day, _, clock = text.partition("T")
    return day if clock == "00:00:00" else f"{day} {clock}"


def sheet_of_frame(frame: pd.DataFrame, where: str, notes: Sequence[str] = ()) -> Sheet:
    """A table with typed columns as a sheet; rows are counted from 0.

    Raises:
        DataError: no rows or columns, names that occur twice, or a column of another type.
    """
    from shoal.data.io.frames import canonical_names, column_values

    names = canonical_names(frame, where=where)
    columns: list[Sequence[str]] = []
    for position, name in enumerate(names):
        series = frame.iloc[:, position].rename(name)
        whole = getattr(series.dtype, "kind", "") in ("i", "u")
        columns.append(TypedCells(*column_values(series, where=where), whole=whole))
    return Sheet(where, names, columns, range(len(frame)), notes=tuple(notes), counted="row")


def texts_of_column(series: pd.Series[Any]) -> Sequence[str]:
    """The cells of a column of `Dataset.cells` as they are written."""
    from shoal.data.io.frames import column_values

    return list(TypedCells(*column_values(series, where=str(series.name))))


NUMBER_BYTES = 8


@dataclass(frozen=True, eq=False)
class ArrowSource:
    """A file that is open: its schema, and a function that reads its table."""

    schema: Any
    read: Callable[[], Any]


def read_arrow(path: Path) -> Sheet:
    """The sheet of a ``.parquet``, ``.feather`` or ``.arrow`` file.

    Raises:
        DataError: it is damaged or something else, takes more memory than it may, or the
            package pyarrow is not installed.
    """
    with opened_arrow(path) as source:
        frame: pd.DataFrame = source.read().to_pandas(date_as_object=False)
        names = class_names_in(source.schema)
    notes = []
    for column in frame.columns.intersection(list(names)):
        if frame[column].dtype.kind in "iu":
            frame[column] = [name_of_class(one, names[column]) for one in frame[column].tolist()]
            notes.append(f"classes in {column!r} are called as the file's metadata says")
    return sheet_of_frame(frame, str(path), notes)


def class_names_in(schema: Any) -> dict[str, list[str]]:
    """The names of classes that stand in the file's metadata, by column."""
    try:
        told = json.loads((schema.metadata or {})[b"huggingface"])
        features = told["info"]["features"]
        found = {}
        for column, feature in features.items():
            inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
            names = inner.get("names") if isinstance(inner, dict) else None
            if isinstance(names, list) and all(isinstance(name, str) for name in names):
                found[column] = names
        return found
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}


def name_of_class(place: int | None, names: Sequence[str]) -> str | None:
    """The name of a class; None of a negative number, which stands for none."""
    if place is None or place < 0:
        return None
    return names[place] if place < len(names) else str(place)


@contextmanager
def opened_arrow(path: Path) -> Iterator[ArrowSource]:
    """A ``.parquet``, ``.feather`` or ``.arrow`` file, open to be read.

    Raises:
        DataError: as for `read_arrow`.
    """
    where = str(path)
    parquet = path.suffix.lower() == ".parquet"
    with needs("pyarrow", "a Parquet file" if parquet else "a Feather file", where):
        import pyarrow
    try:
        with pyarrow.OSFile(where) as file:
            yield _parquet(file, where) if parquet else _feather(file, where)
    except (pyarrow.ArrowException, OSError, ValueError, TypeError) as error:
        if isinstance(error, DataError) or (isinstance(error, OSError) and error.errno):
            raise
        raise DataError(
            f"a {path.suffix.lower()} file is whole and what its name says",
            received=str(error).splitlines()[0][:200].rstrip("."),
            where=where,
            hint="Fetch or copy it again.",
        ) from None


def _parquet(file: Any, where: str) -> ArrowSource:
    import pyarrow.parquet

    found = pyarrow.parquet.ParquetFile(file)
    told = found.metadata
    check_size(told.num_rows * told.num_columns * NUMBER_BYTES, "the table", where)
    return ArrowSource(found.schema_arrow, found.read)


def _feather(file: Any, where: str) -> ArrowSource:
    import pyarrow.feather
    import pyarrow.ipc

    try:
        reader = pyarrow.ipc.open_file(file)
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
    except pyarrow.ArrowInvalid:
        file.seek(0)
        start = file.read(4)
        file.seek(0)
        if start == b"FEA1":
            table = pyarrow.feather.read_table(file)
            return ArrowSource(table.schema, lambda: table)
        reader = batches = pyarrow.ipc.open_stream(file)

    def read() -> Any:
        kept, size = [], 0
        for batch in batches:
            size += batch.nbytes
            check_size(size, "the table", where)
            kept.append(batch)
        return pyarrow.Table.from_batches(kept, reader.schema)

    return ArrowSource(reader.schema, read)


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
