"""A folder of tables as one table: shards, a file for each part, or a file for each class.

So are ``train-00000-of-00004.parquet`` beside its like, ``train.csv`` beside ``test.csv``, and
``pos.csv`` beside ``neg.csv``, of which each has a column of texts alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shoal.data.columns.cell_column import CellColumn
from shoal.data.io.files import ARROW, JSON, table_stem, table_suffix
from shoal.data.io.folder_entries import files_in, folders_in
from shoal.data.io.image_files import listed
from shoal.data.io.sheet import Sheet
from shoal.data.io.typed_tables import TypedCells
from shoal.data.splitting.parts import PART_NAMES, PARTS, describe_parts
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.io.picture_tables import Pictured

CLASS_COLUMN = "label"
"""What the column is called that tells the file of a row, where files are classes."""

_READ = {".csv", ".tsv", ".arff", *JSON, *ARROW}

_DEEPEST = 3

_NUMBER = re.compile(r"[-_.]?\d+([-_.]of[-_.]\d+)?$")

_META = {
    "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "config.json",
}  # fmt: skip
"""What stands beside tables and is none."""


@dataclass(frozen=True)
class Shard:
    """One of the files that are read as one table.

    Attributes:
        path: the file.
        part: train, validation or test, where its name tells.
        label: the class of all of its rows, where files are classes.
    """

    path: Path
    part: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class TableFolder:
    """The files of a folder that are one table.

    Attributes:
        shards: in the order of parts, and by name.
        others: names of tables that are left out.
    """

    shards: tuple[Shard, ...]
    others: tuple[str, ...] = ()

    @property
    def of_classes(self) -> bool:
        """Whether each file is of one class."""
        return self.shards[0].label is not None


def table_folder(folder: Path) -> TableFolder | None:
    """The tables in a folder that are one; None: there are none, or they are several.

    Files may lie in a folder within that is alone with tables, such as ``data/``.
    """
    place = folder
    for _ in range(_DEEPEST):
        tables = _tables_in(place)
        if tables:
            break
        inner = folders_in(place)
        if len(inner) != 1:
            return _of_class_folders(inner)
        place = inner[0]
    if not tables:
        return None
    return _shards(tables) or _of_class_files(tables)


def _tables_in(folder: Path) -> list[Path]:
    """Tables of the format that most have there."""
    found = [p for p in files_in(folder) if table_suffix(p) in _READ and p.name not in _META]
    ends = Counter(table_suffix(path) for path in found)
    return [path for path in found if table_suffix(path) == ends.most_common(1)[0][0]]


def _shards(tables: Sequence[Path]) -> TableFolder | None:
    if len(tables) == 1:
        return TableFolder((Shard(tables[0], _named(tables[0])[1]),))
    named = {path: _named(path) for path in tables}
    parted = [path for path in tables if named[path][1]]
    if any(named[path][1] == "train" for path in parted):
        bases = Counter(named[path][0] for path in parted if named[path][1] == "train")
        base = bases.most_common(1)[0][0]
        chosen = [path for path in parted if named[path][0] == base]
    elif not parted and len({base for base, _, _ in named.values()}) == 1:
        chosen = [path for path in tables if named[path][2]]
        if len(chosen) < len(tables):
            return None
    else:
        return None
    chosen.sort(key=lambda path: (PARTS.index(named[path][1] or "train"), path.name))
    others = tuple(path.name for path in tables if path not in chosen)
    return TableFolder(tuple(Shard(path, named[path][1]) for path in chosen), others)


def _named(path: Path) -> tuple[str, str | None, bool]:
    """What a file is called without its part and number, the part, and whether it has a number."""
    stem = table_stem(path).lower()
    bare = _NUMBER.sub("", stem)
    words = [word for word in re.split(r"[-_. ]+", bare) if word]
    parts = [PART_NAMES[word] for word in words if word in PART_NAMES]
    base = "-".join(word for word in words if word not in PART_NAMES)
    return base, parts[0] if len(parts) == 1 else None, bare != stem


def _of_class_files(tables: Sequence[Path]) -> TableFolder | None:
    if len(tables) < 2:
        return None
    return TableFolder(tuple(Shard(path, label=table_stem(path)) for path in tables))


def _of_class_folders(folders: Sequence[Path]) -> TableFolder | None:
    """A file or several in a folder for each class."""
    shards = [Shard(path, label=one.name) for one in folders for path in _tables_in(one)]
    several = len({shard.label for shard in shards}) > 1
    return TableFolder(tuple(shards)) if several else None


def joined_sheets(
    folder: Path, found: TableFolder, sheets: Sequence[Sheet], target: str | None, *,
    need_target: bool,
) -> tuple[Sheet, list[str] | None]:  # fmt: skip
    """The rows of all files as one table, and the part of each row, where files tell.

    A part without targets is left out where these are needed, which is told.

    Args:
        folder: where the files are.
        found: the files.
        sheets: what stands in each.
        target: the column of the targets; the last one when None.
        need_target: whether rows must have a target.

    Raises:
        DataError: files with other columns.
    """
    first = sheets[0]
    if found.of_classes:
        _check_alone(folder, found, sheets)
    wanted = target or first.names[-1]
    kept: list[tuple[Shard, Sheet]] = []
    gone: list[str] = []
    for shard, sheet in zip(found.shards, sheets, strict=True):
        unanswered = not found.of_classes and _without_targets(sheet, first, wanted)
        if need_target and unanswered and shard.part != found.shards[0].part:
            gone.append(shard.path.name)
        else:
            kept.append((shard, sheet))
    names = list(first.names)
    if not need_target:
        names = [name for name in names if all(name in sheet.names for _, sheet in kept)]
    for shard, sheet in kept:
        if set(sheet.names) != set(names) and (need_target or not names):
            raise DataError(
                "the files of one table have the same columns",
                expected=f"{', '.join(map(repr, names[:20]))}, as {found.shards[0].path.name} has",
                received=", ".join(map(repr, sheet.names[:20])),
                where=str(shard.path),
                hint="Give one of the files.",
            )
    columns = [_joined([sheet.column(name) for _, sheet in kept]) for name in names]
    rows = [shard for shard, sheet in kept for _ in sheet.lines]
    if found.of_classes and need_target:
        names, columns = (
            [*names, CLASS_COLUMN],
            [*columns, CellColumn.of([shard.label or "" for shard in rows])],
        )
    notes = dict.fromkeys(note for _, sheet in kept for note in sheet.notes)
    told = [f"read as one table: {listed([shard.path.name for shard, _ in kept])}"]
    told += [f"the classes are the names of the files, in column {CLASS_COLUMN!r}"] * (
        found.of_classes and need_target
    )
    told += [f"left out, for they have no targets: {listed(gone)}"] if gone else []
    told += [f"left out, for they are not of the table: {listed(found.others)}"] * bool(
        found.others
    )
    parts = [shard.part or "" for shard in rows]
    known = need_target and all(parts) and len(set(parts)) > 1
    told += [f"the files tell the split: {describe_parts(parts)}"] if known else []
    sheet = replace(
        first, where=str(folder), names=names, columns=columns, lines=range(len(rows)),
        counted="row", notes=(*notes, *told),
    )  # fmt: skip
    return sheet, parts if known else None


def _check_alone(folder: Path, found: TableFolder, sheets: Sequence[Sheet]) -> None:
    """Refuse several tables, unless each holds texts of one class and nothing else."""
    if all(len(sheet.names) == 1 for sheet in sheets):
        return
    names = [shard.path.name for shard in found.shards]
    raise DataError(
        "a folder of tables is one table: its files are called train, validation and test, are "
        "numbered, or hold texts of one class each",
        received=f"{len(names)} tables: {listed(names)}",
        where=str(folder),
        hint=f"Give one of them, such as {found.shards[0].path}.",
    )


def _without_targets(sheet: Sheet, first: Sheet, target: str) -> bool:
    """Whether no row of a file tells its target, as in a test whose answers are kept secret."""
    targets = (
        [name.strip() for name in target.split(",")] if target not in first.names else [target]
    )
    if not set(targets) <= set(sheet.names):
        return set(sheet.names) == set(first.names) - set(targets)
    told = {cell for name in targets for cell in set(sheet.column(name))}
    usual = {cell for name in targets if name in first.names for cell in set(first.column(name))}
    return told <= {"", "-1", "?"} and not told & usual


def _joined(columns: Sequence[Sequence[str]]) -> Sequence[str]:
    """The cells of all files, with their type where it is one."""
    typed = [column for column in columns if isinstance(column, TypedCells)]
    if len(typed) == len(columns) and len({(one.holding, one.whole) for one in typed}) == 1:
        first = typed[0]
        return TypedCells(first.holding, np.concatenate([one.values for one in typed]), first.whole)
    return CellColumn.of([cell for column in columns for cell in column])


def pictures_in_shards(
    found: TableFolder, target: str | None, *, need_target: bool
) -> list[tuple[Shard, Pictured]] | None:
    """The pictures that stand in the files themselves; None: there are none.

    Args:
        found: the files.
        target: the column of the targets, if it was named.
        need_target: whether a part without targets is left out, which is told.
    """
    from shoal.data.io.encoded_pictures import read_encoded

    if found.of_classes or any(table_suffix(shard.path) not in ARROW for shard in found.shards):
        return None
    held = [read_encoded(shard.path) for shard in found.shards]
    if any(table is None for table in held):
        return None
    pairs = [(s, t) for s, t in zip(found.shards, held, strict=True) if t is not None]
    first = pairs[0][1]
    kept: list[tuple[Shard, Pictured]] = []
    gone: list[str] = []
    for shard, table in pairs:
        blank = _blank_columns(table, first)
        lacks = target in blank if target else bool(blank)
        if need_target and lacks and shard.part != found.shards[0].part:
            gone.append(shard.path.name)
        else:
            kept.append((shard, table))
    if gone:
        note = f"left out, for they have no targets: {listed(gone)}"
        kept[0] = (kept[0][0], replace(first, notes=(*first.notes, note)))
    return kept


def _blank_columns(table: Pictured, first: Pictured) -> set[str]:
    """Columns in which nothing stands, though something does in the first table."""
    nothing = {"", "-1"}
    return {
        name
        for name in table.sheet.names
        if set(table.sheet.column(name)) <= nothing
        and name in first.sheet.names
        and not set(first.sheet.column(name)) <= nothing
    }
