"""Pictures that a table names, or holds in files of Parquet, Feather and Arrow.

A column of bytes holds a PNG, a JPEG or alike in each row. It may also be a struct of
``bytes`` and ``path``, as data sets of Hugging Face are
written, with the names of classes in the file's metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.columns.roles import take_weights
from shoal.data.columns.table import as_written
from shoal.data.dataset import Dataset
from shoal.data.encode.mask_coding import Ignored
from shoal.data.encode.pictures import how_read_with_masks
from shoal.data.encode.targets import EncodedTarget
from shoal.data.encode.unlike_sizes import file_sizes, sizes_of
from shoal.data.io.image_files import HowRead, listed, read_pictures
from shoal.data.io.instances import MaskNumbers
from shoal.data.io.picture import AnyFile
from shoal.data.io.picture_labels import (
    Answers,
    ignored_columns_remark,
    read_answers,
    rows_once,
    target_columns,
)
from shoal.data.io.picture_tree import part_named
from shoal.data.io.segmentation import segmentation
from shoal.data.io.sheet import Sheet
from shoal.data.remarks import noted
from shoal.data.splitting.equal_rows import check_groups
from shoal.data.splitting.parts import describe_parts
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
        masks: of each row the mask of its picture; None: the file is not there. Empty: the table
            tells of no masks.
        mask_column: the column that they come from.
    """

    sheet: Sheet
    files: Sequence[AnyFile | None]
    names: Sequence[str]
    column: str
    notes: tuple[str, ...] = ()
    masks: Sequence[AnyFile | None] = ()
    mask_column: str | None = None

    @property
    def column_names(self) -> list[str]:
        """Of the pictures, of the masks, and of all others."""
        return [self.column, *filter(None, [self.mask_column]), *self.sheet.names]

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
            masks=[self.masks[i] for i in kept] if self.masks else (),
        )


def _rows_of(column: Sequence[str], rows: npt.NDArray[np.int64]) -> Sequence[str]:
    from shoal.data.columns.cell_column import CellColumn
    from shoal.data.io.typed_tables import TypedCells

    if isinstance(column, TypedCells):
        return replace(column, values=column.values[rows])
    cells = list(column)
    return CellColumn.of([cells[i] for i in rows.tolist()])


@dataclass(frozen=True)
class TableRequest:
    """What is read of such a table; see `load`."""

    target: str | None = None
    need_target: bool = True
    task: Task | None = None
    weight: str | None = None
    groups: str | None = None
    drop: tuple[str, ...] = ()
    like: Preprocessing | None = None
    how: HowRead = field(default_factory=HowRead)
    ignored: tuple[Ignored, ...] = ()
    numbers: MaskNumbers | None = None

    @property
    def segments(self) -> bool:
        """Whether it is for a model that tells the class of every pixel."""
        return self.like is not None and self.like.task == "segmentation"


def load_pictured(table: Pictured, wanted: TableRequest) -> Dataset:
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
    split = () if parts is None else (f"the table tells the split: {describe_parts(parts)}",)
    weight = groups = None
    if wanted.weight is not None:
        sheet, weight = take_weights(sheet, wanted.weight, wanted.target)
    if wanted.groups is not None and wanted.need_target:
        groups = check_groups([cell or None for cell in sheet.column(wanted.groups)],
                              len(sheet.lines), where)  # fmt: skip
        sheet = sheet.keeping([i for i, n in enumerate(sheet.names) if n != wanted.groups])
    masked = _has_masks(table, wanted)
    answers = None if masked else _answers(sheet, wanted)
    used = () if answers is None else answers.columns
    used = (table.mask_column or "",) if masked else used
    notes = [*table.notes, *missing, *split]
    if wanted.like is None and wanted.need_target:
        notes += ignored_columns_remark([name for name in sheet.names if name not in used])
    rows = np.arange(len(table.files))
    found: EncodedTarget | None = None
    if answers is not None:
        rows, found, again = rows_once(
            [str(file) for file in table.files], answers.found, where, sheet.place,
            join=answers.found.task == "multi-label",
        )  # fmt: skip
        notes += [*again, *answers.notes]
    if masked:
        data, kept = _segmentation(table, wanted, parts)
    else:
        data, kept = _pictures(table, wanted, rows, parts)
        found = None if found is None else replace(found, y=found.y[np.searchsorted(rows, kept)])
    place = {line: i for i, line in enumerate(every.index)}
    numbers = [place[table.sheet.lines[i]] for i in kept.tolist()]
    data = replace(
        data,
        example_names=tuple(table.names[i] for i in kept),
        weight=None if weight is None else weight[kept],
        weight_column=wanted.weight,
        groups=None if groups is None else groups[kept],
        group=None if groups is None else wanted.groups,
        dropped=wanted.drop,
        cells=every.iloc[numbers],
        notes=(*table.sheet.notes, *notes, *data.notes),
    )
    if found is None:
        return replace(data, target=table.mask_column if masked else wanted.target)
    data = replace(
        data, task=found.task, y=found.y, classes=found.classes,
        label_type=found.label_type, guessed=found.guessed, target=",".join(used),
    )  # fmt: skip
    return noted(data) if wanted.like is None else data


def _has_masks(table: Pictured, wanted: TableRequest) -> bool:
    """Whether the targets are masks that the table names."""
    if not table.masks or not wanted.need_target or wanted.task not in (None, "segmentation"):
        return False
    return wanted.target in (None, table.mask_column) or wanted.segments


def _pictures(
    table: Pictured, wanted: TableRequest, rows: npt.NDArray[np.int64], parts: list[str] | None
) -> tuple[Dataset, npt.NDArray[np.int64]]:
    """The pictures of these rows, and which of them could be read."""
    files = [file for file in (table.files[i] for i in rows.tolist()) if file is not None]
    how = how_read_with_masks(wanted.like, wanted.how) if wanted.segments else wanted.how
    pictures = read_pictures(files, how, table.sheet.where)
    kept = rows[pictures.rows]
    data = Dataset.from_arrays(
        pictures.x, task="segmentation" if wanted.segments else None,
        parts=None if parts is None else [parts[i] for i in kept], name=table.sheet.where,
    )  # fmt: skip
    return replace(
        data, resizing=pictures.resizing, skip_broken=wanted.how.skip_broken,
        sizes=sizes_of(pictures) if wanted.segments else None,
        file_sizes=file_sizes(pictures.sizes, pictures.resizing) if wanted.segments else None,
        notes=(*data.notes, *pictures.notes),
    ), kept  # fmt: skip


def _segmentation(
    table: Pictured, wanted: TableRequest, parts: list[str] | None
) -> tuple[Dataset, npt.NDArray[np.int64]]:
    """The pictures with the masks that the rows name; several rows of one are united.

    Raises:
        DataError: a row without a mask, unless such are left out, or what is no mask.
    """
    first: dict[str, int] = {}
    masks: dict[int, list[AnyFile]] = {}
    bare: list[int] = []
    for row, (file, mask) in enumerate(zip(table.files, table.masks, strict=True)):
        if mask is None:
            bare.append(row)
        elif file is not None:
            masks.setdefault(first.setdefault(str(file), row), []).append(mask)
    if bare and not (wanted.how.skip_broken and masks):
        raise DataError(
            "the mask of every row is there",
            received=f"{len(bare):,} of {len(table.files):,} are not, the first in "
            f"{table.sheet.place(bare[0])}",
            where=f"{table.sheet.where}, column {table.mask_column!r}",
            hint="--skip-broken (in Python skip_broken=True) leaves such rows out.",
        )
    rows = np.array(sorted(masks), np.int64)
    data, read = segmentation(
        [file for file in (table.files[i] for i in rows) if file is not None],
        [masks[i] for i in rows.tolist()],
        how_read_with_masks(wanted.like, wanted.how),
        table.sheet.where,
        names=[table.names[i] for i in rows],
        parts=None if parts is None else [parts[i] for i in rows],
        ignored=wanted.ignored,
        numbers=wanted.numbers,
    )
    told = f"{len(bare):,} rows without a mask are left out"
    return replace(data, notes=(*data.notes, *([told] if bare else ()))), rows[read]


def _answers(sheet: Sheet, wanted: TableRequest) -> Answers | None:
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


def _take_parts(sheet: Sheet, wanted: TableRequest) -> tuple[Sheet, list[str] | None]:
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
