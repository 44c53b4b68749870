"""Tables in Parquet, and in Arrow's own format, which is also called Feather."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.data.extras import needs
from shoal.data.limits import check_size
from shoal.data.sheet import Sheet
from shoal.data.typed_cells import sheet_of_frame
from shoal.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

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
