"""The tables in a folder of pictures as one table with a picture in each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shoal.data.cell_column import CellColumn
from shoal.data.class_layout import part_named
from shoal.data.encoded_pictures import read_encoded
from shoal.data.json_lines import read_json_lines
from shoal.data.picture_column import NamedPictures, find_pictures
from shoal.data.picture_tables import Pictured
from shoal.data.sheet import Sheet
from shoal.data.table_files import ARROW, JSON, TEXT, table_suffix
from shoal.data.table_source import read_table_file
from shoal.errors import DataError


def read_metadata(paths: Sequence[Path], encoding: str | None, images: Path | None) -> Pictured:
    """The pictures that these tables name.

    Raises:
        DataError: a table names none, or the tables have other columns.
    """
    tables = [_read(path, encoding, images) for path in paths]
    first = tables[0]
    if len(tables) == 1:
        return first
    for path, table in zip(paths, tables, strict=True):
        if table.sheet.names != first.sheet.names or table.column != first.column:
            raise DataError(
                "the tables of all parts have the same columns",
                expected=", ".join(map(repr, [first.column, *first.sheet.names])),
                received=", ".join(map(repr, [table.column, *table.sheet.names])),
                where=str(path),
            )
    columns = [
        CellColumn.of([cell for table in tables for cell in table.sheet.columns[i]])
        for i in range(len(first.sheet.names))
    ]
    parts = [path.parent.name for path, t in zip(paths, tables, strict=True) for _ in t.files]
    lines = range(len(parts))
    sheet = replace(first.sheet, columns=columns, lines=lines, counted="row",
                    where=str(paths[0].parent.parent))  # fmt: skip
    if "split" not in sheet.names and all(map(part_named, parts)):
        sheet = replace(
            sheet, names=[*sheet.names, "split"], columns=[*columns, CellColumn.of(parts)]
        )
    names = [f"{path.parent.name}/{name}" for path, t in zip(paths, tables, strict=True)
             for name in t.names]  # fmt: skip
    notes = dict.fromkeys(note for table in tables for note in table.notes)
    files = [file for table in tables for file in table.files]
    return Pictured(sheet, files, names, first.column, tuple(notes))


def _read(path: Path, encoding: str | None, images: Path | None) -> Pictured:
    held = read_encoded(path) if table_suffix(path) in ARROW else None
    if held is not None:
        return held
    told = encoding if table_suffix(path) in TEXT else None
    json_lines = table_suffix(path) in JSON
    sheet = (
        read_json_lines(path, told, join_lists=True) if json_lines else read_table_file(path, told)
    )
    found = find_pictures(sheet, path, images)
    if found is None:
        raise DataError(
            "a column of the table names the pictures",
            expected="such as file_name, with names of files beside the table",
            received=f"columns {', '.join(map(repr, sheet.names[:20]))}",
            where=str(path),
        )
    return pictured(sheet, found)


def pictured(sheet: Sheet, found: NamedPictures) -> Pictured:
    """The table without the column of names, and the pictures that these name."""
    rest = sheet.keeping([i for i, name in enumerate(sheet.names) if name != found.column])
    return Pictured(rest, found.files, list(sheet.column(found.column)), found.column, found.notes)
