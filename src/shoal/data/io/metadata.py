"""A folder of pictures with a table among them.

A folder of pictures with a table among them: ``metadata.csv`` with a column ``file_name``.

The table may also lie in ``train/``, ``val/`` and ``test/``; and where there are no folders of
classes, a single table of any name will do.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shoal.data.columns.cell_column import CellColumn
from shoal.data.io.class_folder import has_classes
from shoal.data.io.encoded_pictures import read_encoded
from shoal.data.io.files import ARROW, JSON, TEXT, is_table, table_suffix
from shoal.data.io.folder_entries import files_in, folders_in
from shoal.data.io.idx import is_idx_folder
from shoal.data.io.image_files import listed
from shoal.data.io.json_lines import read_json_lines
from shoal.data.io.mask_pairs import mask_folders
from shoal.data.io.picture_column import NamedPictures, find_masks, find_pictures
from shoal.data.io.picture_tables import Pictured
from shoal.data.io.picture_tree import part_named, pictures_below
from shoal.data.io.sheet import Sheet
from shoal.data.io.table import read_table_file
from shoal.data.io.table_folder import TableFolder, table_folder
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


NAMES = ("metadata.csv", "metadata.tsv", "metadata.jsonl", "metadata.parquet")

_USUAL = ("labels", "label", "train", "annotations", "data", "classes", "targets")
"""What a table of all pictures is called, where there are several."""


def picture_tables(source: str | os.PathLike[str], *, alone: bool = True) -> list[Path]:
    """The tables that tell of the pictures in a folder; empty: it is no such folder.

    These are ``metadata.csv`` in it or in its folders for training and test; or where pictures
    lie neither in folders of classes nor beside masks, its only table or the one that is called
    as such tables are.

    Args:
        source: the folder.
        alone: whether a table of another name than ``metadata`` will do.
    """
    folder = Path(source)
    if not folder.is_dir():
        return []
    here = _metadata_in(folder)
    if here:
        return here
    below = [path for path in folders_in(folder) if part_named(path.name)]
    found = [path for one in below for path in _metadata_in(one)]
    if found or not alone:
        return found
    tables = _tables_in(folder)
    usual = [path for path in tables if path.name.lower().split(".")[0] in _USUAL]
    chosen = usual if len(tables) > 1 else tables
    if len(chosen) != 1 or is_idx_folder(folder) or mask_folders(folder):
        return []
    if has_classes(folder) and not _name_masks(chosen[0]):
        return []
    return chosen if pictures_below(folder).pictures else []


def _name_masks(table: Path) -> bool:
    """Whether a table names pictures and their masks; then folders are no classes."""
    pass  # MOVED

    try:
        return bool(read_metadata([table], None, None).masks)
    except DataError:
        return False


def _metadata_in(folder: Path) -> list[Path]:
    return [folder / name for name in NAMES if (folder / name).is_file()][:1]


def _tables_in(folder: Path) -> list[Path]:
    return [
        path
        for path in files_in(folder)
        if table_suffix(path) and path.suffix.lower() not in (".txt", ".data")
    ]


def has_columns(source: str | os.PathLike[str]) -> bool:
    """Whether a source is a table, a folder of tables, or one of pictures with a table."""
    return is_table(source) or bool(picture_tables(source)) or bool(tables_of(source))


def tables_of(source: str | os.PathLike[str]) -> TableFolder | None:
    """The tables in a folder that are read as one; None: it holds something else."""
    folder = Path(source)
    if not folder.is_dir() or is_idx_folder(folder) or pictures_below(folder).pictures:
        return None
    return table_folder(folder)


def check_not_several(folder: Path) -> None:
    """Refuse a folder of pictures with several tables of which no name tells what it is.

    Raises:
        DataError: it is such a folder.
    """
    tables = _tables_in(folder)
    if len(tables) > 1 and pictures_below(folder).pictures:
        raise DataError(
            "one table tells of the pictures in a folder",
            received=f"{len(tables)}: {listed([path.name for path in tables])}",
            where=str(folder),
            hint=f"Give one of them, such as {tables[0]}.",
        )
