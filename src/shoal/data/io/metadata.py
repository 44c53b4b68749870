"""A folder of pictures with a table among them: ``metadata.csv`` with a column ``file_name``.

The table may also lie in ``train/``, ``val/`` and ``test/``. Where there are no folders of
classes, a single table of any name will do.
"""

from __future__ import annotations

import os
from pathlib import Path

from shoal.data.io.class_folder import has_classes
from shoal.data.io.files import is_table, table_suffix
from shoal.data.io.folder_entries import files_in, folders_in
from shoal.data.io.idx import is_idx_folder
from shoal.data.io.image_files import listed
from shoal.data.io.mask_pairs import mask_folders
from shoal.data.io.picture_tree import part_named, pictures_below
from shoal.data.io.table_folder import TableFolder, table_folder
from shoal.errors import DataError

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
    from shoal.data.io.metadata_tables import read_metadata  # needs pandas

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
