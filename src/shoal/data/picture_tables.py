"""Pictures that a table names or holds, with targets out of its other columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.class_layout import part_named
from shoal.data.dataset import Dataset
from shoal.data.image_files import HowRead, listed, read_pictures
from shoal.data.parts import parts_told
from shoal.data.picture import AnyFile
from shoal.data.picture_labels import (
    Answers,
    left_told,
    read_answers,
    rows_once,
    target_columns,
)
from shoal.data.remarks import noted
from shoal.data.sheet import Sheet
from shoal.data.table_cells import as_written
from shoal.data.targets import EncodedTarget
from shoal.data.weight_column import take_weights
from shoal.data.whole_groups import check_groups
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.dataset import Task
    from shoal.data.preprocessing import Preprocessing

Array = npt.NDArray[Any]

PART_COLUMNS = {"split", "set", "subset", "partition", "phase", "usage"}
"""What a column is called that says what each row is for."""


@dataclass(frozen=True, eq=False)
class Pictured:
    """A table with a picture in each row.

    Attributes:
        sheet: its columns but that of the pictures.
        files: the pictures; None: the file is not there.
        names: what each is called.
        column: the column that they come from.
        notes: remarks on how they were found.
    """

    sheet: Sheet
    files: Sequence[AnyFile | None]
    names: Sequence[str]
    column: str
    notes: tuple[str, ...] = ()

    def keeping(self, rows: npt.NDArray[np.int64]) -> Pictured:
        """These rows alone."""
        sheet = self.sheet
        kept = rows.tolist()
        columns = [_rows_of(column, rows) for column in sheet.columns]
        return replace(
            self,
            sheet=replace(sheet, columns=columns, lines=[sheet.lines[i] for i in kept]),
            files=[self.files[i] for i in kept],
            names=[self.names[i] for i in kept],
        )


def _rows_of(column: Sequence[str], rows: npt.NDArray[np.int64]) -> Sequence[str]:
    from shoal.data.cell_column import CellColumn
    from shoal.data.typed_cells import TypedCells

    if isinstance(column, TypedCells):
        return replace(column, values=column.values[rows])
    cells = list(column)
    return CellColumn.of([cells[i] for i in rows.tolist()])


@dataclass(frozen=True)
class Wanted:
    """What is read of such a table; see `load`."""

    target: str | None = None
    need_target: bool = True
    task: Task | None = None
    weight: str | None = None
    groups: str | None = None
    drop: tuple[str, ...] = ()
    like: Preprocessing | None = None
    how: HowRead = field(default_factory=HowRead)


def load_pictured(table: Pictured, wanted: Wanted) -> Dataset:
    """A data set of the pictures in a table's rows.

    Raises:
        DataError: pictures that are not there or cannot be read, unless such are left out;
            or targets that cannot be used.
    """
    every = as_written(table.sheet, list(table.sheet.names))
    if table.column not in every.columns:
        every.insert(0, table.column, list(table.names))
    table, missing = _without_missing(table, wanted.how)
    sheet, where = table.sheet, table.sheet.where
    sheet = sheet.keeping([i for i, name in enumerate(sheet.names) if name not in wanted.drop])
    sheet, parts = _take_parts(sheet, wanted)
    split = () if parts is None else (f"the table tells the split: {parts_told(parts)}",)
    weight = groups = None
    if wanted.weight is not None:
        sheet, weight = take_weights(sheet, wanted.weight, wanted.target)
    if wanted.groups is not None and wanted.need_target:
        groups = check_groups([cell or None for cell in sheet.column(wanted.groups)],
                              len(sheet.lines), where)  # fmt: skip
        sheet = sheet.keeping([i for i, n in enumerate(sheet.names) if n != wanted.groups])
    answers = _answers(sheet, wanted)
    used = answers.columns if answers is not None else ()
    notes = [*table.notes, *missing, *split]
    if wanted.like is None and wanted.need_target:
        notes += left_told([name for name in sheet.names if name not in used])
    rows = np.arange(len(table.files))
    found: EncodedTarget | None = None
    if answers is not None:
        rows, found, again = rows_once(
            [str(file) for file in table.files], answers.found, where, sheet.place,
            join=answers.found.task == "multi-label",
        )  # fmt: skip
        notes += [*again, *answers.notes]
    files = [file for file in (table.files[i] for i in rows.tolist()) if file is not None]
    pictures = read_pictures(files, wanted.how, where)
    kept = rows[pictures.rows]
    data = Dataset.from_arrays(
        pictures.x, parts=None if parts is None else [parts[i] for i in kept], name=where
    )
    place = {line: i for i, line in enumerate(every.index)}
    numbers = [place[table.sheet.lines[i]] for i in kept.tolist()]
    data = replace(
        data,
        example_names=tuple(table.names[i] for i in kept),
        resizing=pictures.resizing,
        skip_broken=wanted.how.skip_broken,
        weight=None if weight is None else weight[kept],
        weight_column=wanted.weight,
        groups=None if groups is None else groups[kept],
        group=None if groups is None else wanted.groups,
        dropped=wanted.drop,
        cells=every.iloc[numbers],
        notes=(*table.sheet.notes, *data.notes, *notes, *pictures.notes),
    )
    if found is None:
        return replace(data, target=wanted.target)
    data = replace(
        data, task=found.task, y=found.y[pictures.rows], classes=found.classes,
        label_type=found.label_type, guessed=found.guessed, target=",".join(used),
    )  # fmt: skip
    return noted(data) if wanted.like is None else data


def _answers(sheet: Sheet, wanted: Wanted) -> Answers | None:
    """The targets; None where they are neither needed nor there."""
    if not wanted.need_target:
        return None
    names = target_columns(sheet, wanted.target, wanted.task)
    return read_answers(sheet, names, wanted.task, wanted.like)


def _without_missing(table: Pictured, how: HowRead) -> tuple[Pictured, tuple[str, ...]]:
    """The rows whose pictures are there, and a remark on the others where they are left out.

    Raises:
        DataError: there are others.
    """
    gone = [i for i, file in enumerate(table.files) if file is None]
    if not gone:
        return table, ()
    names = listed([table.names[i] or "a blank cell" for i in gone])
    if not how.skip_broken:
        raise DataError(
            "the picture of every row is there",
            received=f"{len(gone):,} of {len(table.files):,} are not: {names}, the first in "
            f"{table.sheet.place(gone[0])}",
            where=f"{table.sheet.where}, column {table.column!r}",
            hint="--skip-broken (in Python skip_broken=True) leaves such rows out.",
        )
    there = np.array([i for i, file in enumerate(table.files) if file is not None], np.int64)
    note = f"{len(gone):,} of {len(table.files):,} pictures are not there and left out: {names}"
    return table.keeping(there), (note,)


def _take_parts(sheet: Sheet, wanted: Wanted) -> tuple[Sheet, list[str] | None]:
    """The table without the column that tells parts, and the part of each row, if there is one."""
    for name in sheet.names:
        if name.strip().lower() not in PART_COLUMNS or name in (wanted.target, wanted.groups):
            continue
        cells = list(sheet.column(name))
        parts = {cell: part_named(cell) for cell in set(cells)}
        if all(parts.values()) and "train" in parts.values():
            rest = sheet.keeping([i for i, other in enumerate(sheet.names) if other != name])
            return rest, [parts[cell] or "train" for cell in cells]
    return sheet, None
