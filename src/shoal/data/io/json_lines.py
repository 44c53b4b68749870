"""Tables in JSON: a line for each row, or one list of rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shoal.data.io.decoding import decoded, file_bytes
from shoal.data.io.other_formats import OBJECTS
from shoal.data.io.sheet import CELL_BYTES, Sheet
from shoal.data.io.typed_tables import sheet_of_frame
from shoal.errors import DataError

SHOWN = 4
"""Names that a remark tells."""


def read_json_lines(path: Path, encoding: str | None = None, *, join_lists: bool = False) -> Sheet:
    """The sheet of a ``.jsonl`` or ``.json`` file of objects such as ``{"text": …, "label": …}``.

    What a row lacks is missing. Columns of lists and objects are left out, which is told.

    Args:
        path: the file.
        encoding: what it is written in; see `decoded`.
        join_lists: whether lists of names and whole numbers become names with bars, which are
            several labels of a picture.

    Raises:
        DataError: it is no JSON, or its rows are no objects.
    """
    import pandas as pd

    where = str(path)
    text, notes = decoded(file_bytes(path, CELL_BYTES), where, encoding)
    rows = list(_rows(text, where))
    if not rows:
        raise DataError("a table has rows", received="an empty file", where=where)
    if len(rows) == 1 and _are_objects(rows[0]):
        raise _without_cells(rows[0], 1, where)
    if join_lists:
        rows = [{name: _joined(value) for name, value in row.items()} for row in rows]
    names = list(dict.fromkeys(name for row in rows for name in row))
    nested = [n for n in names if any(isinstance(row.get(n), list | dict) for row in rows)]
    if nested:
        more = f" and {len(nested) - SHOWN} more" if len(nested) > SHOWN else ""
        shown = ", ".join(map(repr, nested[:SHOWN])) + more
        notes.append(f"left out, for lists and objects are no cells: {shown}")
    if len(nested) == len(names):
        raise _without_cells(rows[0], len(rows), where)
    columns = {name: _column([row.get(name) for row in rows]) for name in names}
    frame = pd.DataFrame({name: columns[name] for name in names if name not in nested})
    return sheet_of_frame(frame, where, notes)


def _rows(text: str, where: str) -> Iterator[dict[str, Any]]:
    """The objects of the lines, or of the one list that there is."""
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _no_json(where, error) from None
        yield from (_object(row, f"{where}, row {i}") for i, row in enumerate(found))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{where}, line {number}"
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise _no_json(place, error) from None
            yield _object(row, place)


def _joined(value: Any) -> Any:
    """A list of names or whole numbers as one name with bars; anything else as it is."""
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return "|".join(map(str, value))
    return value


def _object(row: Any, place: str) -> dict[str, Any]:
    if isinstance(row, dict):
        return row
    raise DataError(
        "a row is an object of names and values",
        expected='such as {"text": "…", "label": "…"}',
        received=type(row).__name__,
        where=place,
    )


def _without_cells(row: dict[str, Any], count: int, where: str) -> DataError:
    lists = [name for name, value in row.items() if isinstance(value, list)]
    hint: str | None
    if _are_objects(row):
        received, hint = "annotations of objects, as COCO has them", OBJECTS
    else:
        received = f"nothing but lists and objects: {', '.join(map(repr, list(row)[:SHOWN]))}"
        alone = count == 1 and lists
        hint = f"If the rows are in {lists[0]!r}, save that list alone." if alone else None
    return DataError("the rows of a table have cells", received=received, where=where, hint=hint)


def _are_objects(row: dict[str, Any]) -> bool:
    """Whether it is all that COCO tells of objects in pictures."""
    return all(isinstance(row.get(name), list) for name in ("images", "annotations"))


def _no_json(place: str, error: Exception) -> DataError:
    return DataError(
        "the file holds JSON, an object on each line or a list of objects",
        received=str(error).splitlines()[0][:200] if str(error) else "deep nesting",
        where=place,
    )


def _column(values: list[Any]) -> Any:
    """A pandas column; whole numbers stay whole."""
    import pandas as pd

    present = [value for value in values if value is not None]
    if present and all(type(value) is int and abs(value) < 2**53 for value in present):
        return pd.Series(values, dtype="int64" if len(present) == len(values) else "Int64")
    return pd.Series(values, dtype=object)
