"""Tables whose cells hold the pictures themselves, as bytes of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shoal.data.io.picture import AnyFile
from shoal.data.io.picture_column import names_masks
from shoal.data.io.picture_tables import Pictured
from shoal.data.io.sheet import Sheet
from shoal.data.io.typed_tables import class_names_in, name_of_class, opened_arrow, sheet_of_frame
from shoal.utils.limits import check_size

_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\x00", b"MM\x00*")
"""The first bytes of the formats that are read."""


_LOOKED_AT = 20


@dataclass(frozen=True, eq=False)
class EncodedPicture:
    """A picture's file in a row of a table.

    Attributes:
        name: what it was called, or the number of its row.
        where: the table and the row.
        data: what the file holds.
    """

    name: str
    where: str
    data: bytes

    def __str__(self) -> str:
        return self.where

    def read_bytes(self) -> bytes:
        """What it holds."""
        return self.data


def read_encoded(path: Path) -> Pictured | None:
    """The table and its pictures; None: no column holds pictures.

    Raises:
        DataError: the file is damaged, takes more memory than it may, or the package pyarrow
            is not installed.
    """
    where = str(path)
    with opened_arrow(path) as source:
        columns = [field.name for field in source.schema if _may_hold(field.type)]
        if not columns:
            return None
        table = source.read()
        check_size(table.nbytes, "the table", where)
        found = [name for name in columns if _are_pictures(table[name])]
        if not found:
            return None
        column = sorted(found, key=names_masks)[0]
        masks = [name for name in found if name != column and names_masks(name)]
        files, names = _files(table[column], path)
        own = _files(table[masks[0]], path)[0] if masks else []
        rest = table.drop_columns(columns)
        sheet = _sheet(rest, where, class_names_in(table.schema))
    notes = [f"pictures are those in column {column!r}"]
    notes += [f"masks are those in column {name!r}" for name in masks[:1]]
    idle = [repr(name) for name in found if name not in (column, *masks[:1])]
    notes += [f"left out: other columns of pictures: {', '.join(idle)}"] if idle else []
    return Pictured(sheet, files, names, column, tuple(notes), own, masks[0] if masks else None)


def _may_hold(kind: Any) -> bool:
    import pyarrow.types as types

    if types.is_struct(kind):
        return {"bytes", "path"} <= {kind[i].name for i in range(kind.num_fields)}
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _are_pictures(column: Any) -> bool:
    first = [_bytes_of(column[i].as_py())[0] for i in range(min(len(column), _LOOKED_AT))]
    there = [data for data in first if data]
    named = any(_bytes_of(column[i].as_py())[1] for i in range(min(len(column), _LOOKED_AT)))
    return (bool(there) or named) and all(data.startswith(_BEGINNINGS) for data in there)


def _bytes_of(value: Any) -> tuple[bytes | None, str | None]:
    """A cell's bytes, and the path that it tells."""
    if isinstance(value, dict):
        return value.get("bytes"), value.get("path")
    return value, None


def _files(column: Any, path: Path) -> tuple[list[AnyFile | None], list[str]]:
    files: list[AnyFile | None] = []
    names: list[str] = []
    digits = len(str(max(len(column) - 1, 0)))
    for row in range(len(column)):
        data, told = _bytes_of(column[row].as_py())
        name = Path(told).name if told else f"{row:0{digits}}"
        names.append(name)
        if data:
            files.append(EncodedPicture(name, f"{path}, row {row}", data))
        else:
            files.append(_beside(path, told))
    alike = len(set(names)) < len(names)
    return files, [str(row) for row in range(len(names))] if alike else names


def _beside(path: Path, told: str | None) -> Path | None:
    """A picture below the table's folder, if there is one of this name."""
    inside = Path(told or "")
    if not told or inside.is_absolute() or ".." in inside.parts:
        return None
    file = path.parent / inside
    return file if file.is_file() else None


def _sheet(table: Any, where: str, classes: dict[str, list[str]]) -> Sheet:
    """The other columns: lists of names become names with bars, other nested ones are left out."""
    import pyarrow.types as types

    kept: dict[str, Any] = {}
    for name in table.column_names:
        column = table[name]
        if types.is_list(column.type) or types.is_large_list(column.type):
            inner = column.type.value_type
            if types.is_integer(inner) or types.is_string(inner) or types.is_large_string(inner):
                kept[name] = [_joined(one, classes.get(name)) for one in column.to_pylist()]
        elif name in classes and types.is_integer(column.type):
            kept[name] = [name_of_class(one, classes[name]) for one in column.to_pylist()]
        elif not types.is_nested(column.type) and not _may_hold(column.type):
            kept[name] = column.to_pandas(date_as_object=False)
    if not kept:
        return Sheet(where, [], [], range(table.num_rows), counted="row")
    import pandas as pd

    return sheet_of_frame(pd.DataFrame(kept), where)


def _joined(places: Sequence[Any] | None, names: Sequence[str] | None) -> str:
    several = [] if places is None else list(places)
    return "|".join(str(one if names is None else name_of_class(one, names)) for one in several)
