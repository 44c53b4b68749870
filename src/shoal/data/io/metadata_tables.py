"""The tables in a folder of pictures as one table with a picture in each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shoal.data.columns.cell_column import CellColumn
from shoal.data.io.encoded_pictures import read_encoded
from shoal.data.io.files import ARROW, JSON, TEXT, table_suffix
from shoal.data.io.json_lines import read_json_lines
from shoal.data.io.picture_column import NamedPictures, find_masks, find_pictures
from shoal.data.io.picture_tables import Pictured
from shoal.data.io.picture_tree import part_named
from shoal.data.io.sheet import Sheet
from shoal.data.io.table import read_table_file
from shoal.errors import DataError


def read_metadata(
    paths: Sequence[Path],
    encoding: str | None,
    images: Path | None,
    target: str | None = None,
) -> Pictured:
    """The pictures that these tables name.

    Args:
        paths: the tables.
        encoding: what text is written in, if that is known.
        images: the folder of the pictures, if it was named.
        target: the column of the targets, if it was named.

    Raises:
        DataError: a table names none, or the tables have other columns.
    """
    tables = [_read(path, encoding, images, target) for path in paths]
    folders = [path.parent.name for path in paths]
    return joined_tables(tables, paths, folders, folders, str(paths[0].parent.parent))


def joined_tables(
    tables: Sequence[Pictured],
    paths: Sequence[Path],
    prefixes: Sequence[str],
    parts: Sequence[str],
    where: str,
) -> Pictured:
    """The rows of all tables as one.

    Args:
        tables: with the same columns.
        paths: of their files.
        prefixes: what stands before the names of each one's pictures.
        parts: what each is for, if all are called so.
        where: what to call them.

    Raises:
        DataError: tables with other columns.
    """
    first = tables[0]
    if len(tables) == 1:
        return first
    for path, table in zip(paths, tables, strict=True):
        if table.column_names != first.column_names:
            raise DataError(
                "the tables of all parts have the same columns",
                expected=", ".join(map(repr, first.column_names)),
                received=", ".join(map(repr, table.column_names)),
                where=str(path),
            )
    columns = [
        CellColumn.of([cell for table in tables for cell in table.sheet.columns[i]])
        for i in range(len(first.sheet.names))
    ]
    told = [part for part, table in zip(parts, tables, strict=True) for _ in table.files]
    lines = range(len(told))
    sheet = replace(first.sheet, columns=columns, lines=lines, counted="row",
                    where=where)  # fmt: skip
    if "split" not in sheet.names and all(map(part_named, told)):
        sheet = replace(
            sheet, names=[*sheet.names, "split"], columns=[*columns, CellColumn.of(told)]
        )
    names = [f"{prefix}/{name}" for prefix, t in zip(prefixes, tables, strict=True)
             for name in t.names]  # fmt: skip
    notes = dict.fromkeys(note for table in tables for note in table.notes)
    files = [file for table in tables for file in table.files]
    masks = [mask for table in tables for mask in table.masks]
    return Pictured(sheet, files, names, first.column, tuple(notes), masks, first.mask_column)


def _read(path: Path, encoding: str | None, images: Path | None, target: str | None) -> Pictured:
    held = read_encoded(path) if table_suffix(path) in ARROW else None
    if held is not None:
        return held
    told = encoding if table_suffix(path) in TEXT else None
    json_lines = table_suffix(path) in JSON
    sheet = (
        read_json_lines(path, told, join_lists=True) if json_lines else read_table_file(path, told)
    )
    found = find_pictures(sheet, path, images, beside=[] if target is None else [target])
    if found is None:
        raise DataError(
            "a column of the table names the pictures",
            expected="such as file_name, with names of files beside the table",
            received=f"columns {', '.join(map(repr, sheet.names[:20]))}",
            where=str(path),
        )
    return pictured(sheet, found, find_masks(sheet, path, images, found.column, target))


def pictured(sheet: Sheet, found: NamedPictures, masks: NamedPictures | None) -> Pictured:
    """The table without the columns of names, and the pictures and masks that these name."""
    used = {found.column, *([] if masks is None else [masks.column])}
    rest = sheet.keeping([i for i, name in enumerate(sheet.names) if name not in used])
    names = list(sheet.column(found.column))
    if masks is None:
        return Pictured(rest, found.files, names, found.column, found.notes)
    notes = (*found.notes, *masks.notes)
    return Pictured(rest, found.files, names, found.column, notes, masks.files, masks.column)
