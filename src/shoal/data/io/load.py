"""``load``: a data set by name or by path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.data.columns.number_scaling import Scaling
from shoal.data.dataset import Dataset, Task
from shoal.data.encode.class_names import with_class_names
from shoal.data.encode.mask_coding import Ignored, ignored_labels
from shoal.data.encode.pictures import (
    are_files,
    how_read,
    how_read_with_masks,
    load_picture_files,
)
from shoal.data.encode.resizing import Way, checked_size, checked_way
from shoal.data.encode.sizes import resized_dataset
from shoal.data.encode.tokens import Tokenization
from shoal.data.io.bundled import load_digits, load_mnist_5k, load_shapes
from shoal.data.io.class_folder import (
    check_has_classes,
    has_classes,
    load_class_folder,
    load_text_folder,
)
from shoal.data.io.files import ARROW, HDF5, TABLES, holds_arrays, is_table, table_suffix
from shoal.data.io.folder_entries import folders_listed_once
from shoal.data.io.folder_kind import folder_kind
from shoal.data.io.idx import load_idx_folder
from shoal.data.io.image_files import HowRead
from shoal.data.io.instances import MaskNumbers, checked_numbers
from shoal.data.io.mask_folder import load_mask_folder
from shoal.data.io.mask_pairs import mask_folders
from shoal.data.io.metadata import check_not_several, has_columns, picture_tables, tables_of
from shoal.data.io.mnist import load_mnist
from shoal.data.io.named_arrays import Channels
from shoal.data.io.npz import load_npz
from shoal.data.io.other_formats import way_out
from shoal.data.io.picture_tree import is_picture_archive
from shoal.data.remarks import shows_reading
from shoal.data.splitting.parts import checked_parts
from shoal.errors import DataError, did_you_mean, near_file

if TYPE_CHECKING:
    from shoal.data.io.picture_tables import Pictured, TableRequest
    from shoal.data.io.sheet import Sheet
    from shoal.data.io.table_folder import TableFolder
    from shoal.data.preprocessing import Preprocessing

NAMES = ("digits", "mnist-5k", "mnist", "shapes")
"""The data sets that have a name."""

SUFFIXES = (".npz", *TABLES)


@shows_reading
def load(
    source: str | os.PathLike[str],
    *,
    target: str | None = None,
    groups: str | None = None,
    need_target: bool = True,
    task: Task | None = None,
    text: str | Sequence[str] | bool | None = None,
    tokenization: Tokenization | None = None,
    weight: str | None = None,
    drop: Sequence[str] = (),
    categorical: Sequence[str] = (),
    numeric: Sequence[str] = (),
    dates: Sequence[str] = (),
    header: bool | None = None,
    positive: Any = None,
    channels: Channels | None = None,
    encoding: str | None = None,
    scaling: Scaling | None = None,
    size: int | str | Sequence[int] | None = None,
    resize: Way | None = None,
    skip_broken: bool = False,
    ignore: Any = None,
    images: str | os.PathLike[str] | None = None,
    masks: MaskNumbers | None = None,
    like: Preprocessing | None = None,
    cache: Path | None = None,
    progress: bool = True,
) -> Dataset:
    """Read a data set.

    Args:
        source: ``digits`` (1,797 digits, 8×8), ``mnist-5k`` (5,000 digits, 28×28),
            ``mnist`` (70,000, downloaded once), ``shapes`` (400 pictures with masks);
            or a path: a folder with IDX files, with ``images/`` and ``masks/``, or with
            a folder of pictures or of ``.txt`` for each class, which may lie below ``train/``,
            ``val/`` and ``test/``, and for pictures in a ``.zip``; an ``.npz`` with arrays
            ``x`` and ``y``; or a table: ``.csv``, ``.tsv``, ``.txt``, ``.data``,
            ``.arff`` or ``.jsonl``, also compressed
            (``.gz``, ``.bz2``, ``.xz``, ``.zst``, ``.zip``), and with shoal's extra
            ``tables`` ``.parquet``, ``.feather``, ``.arrow``, ``.xlsx``, and ``.h5`` or
            ``.hdf5`` (a table, or arrays ``x`` and ``y``).
        target: for tables, the name of the target column, or names of several that hold
            0 and 1, with commas between; the last when None.
        groups: for tables, the name of the column that tells which rows belong
            together, such as a patient's; it is no input, and splits keep them whole.
        need_target: whether targets must be there. When False they may be
            missing, and for a table all columns are inputs unless ``target`` is one.
        task: classification, regression, segmentation or multi-label; guessed from the
            targets when None (see `Dataset.from_arrays`).
        text: for tables, the name of the column of texts to be read, or names of several
            (a list, or with commas between), which are joined; None: columns of free text
            are found; False: there is none. Where other columns stand beside them the data
            are a table, of which words are features.
        tokenization: how texts become tokens; the usual way when None.
        weight: for tables, the name of a column that says how much each row counts, in
            training and in every metric.
        drop: for tables, names of columns that are left out, such as an id's.
        categorical: for tables, names of columns that hold categories, whatever they look
            like.
        numeric: for tables, names of columns that hold numbers; what is none is missing,
            which is remarked on.
        dates: the same of dates.
        header: for tables of text and of Excel, whether the first line names the columns;
            None: judged by what stands there, which is remarked on. Columns without a
            header are called ``x0``, ``x1``, ….
        positive: of two classes the one that IoU, Dice and F1 are of, by name or value;
            the rarer one of the training rows when None.
        channels: for images in an ``.npz`` or in IDX files, whether the axis of channels
            is the ``last`` or, as in PyTorch, the ``first``; None: told by the shape.
        encoding: for tables and texts, what the file is written in, such as ``cp1252``;
            None: UTF-8, UTF-16, or what its bytes look like, which is remarked on.
        scaling: for tables, how numbers are scaled for the network: ``standard``, ``robust``
            or ``quantile`` (see `Dataset.with_scaling`); ``standard`` when None.
        size: for pictures, the size that they get: ``64``, ``(48, 64)`` or ``"48x64"``, height
            and width. None: pictures of up to 128 a side stay as they are where all are of one
            size; others get the median of their sides, at most 64, which is remarked on.
        resize: how they get it: ``fit``, stretched to it; ``crop``, the centre of the picture;
            ``pad``, the whole picture with black beside it. None: stretched, unless many are
            far from the proportion of the size; then padded.
        skip_broken: whether files that are no pictures, or damaged, are left out, which is
            remarked on; otherwise the first one is an error.
        ignore: of masks, labels or colors of pixels whose class is not known, such as 255 or
            ``"#e0e0c0"``: one or several. They count in no loss and no metric. 255 beside
            two or more small labels is ignored in any case.
        images: for a table that names pictures in files, the folder where they are; None:
            beside the table, or in a folder there.
        masks: whether the numbers of masks are classes (``semantic``), or objects
            (``instance``), which become 1, and 0 what is around them; None: judged by what
            stands there, which is remarked on.
        like: the preprocessing of a model that is to read the data (``model.preprocessing``):
            what a column of a table holds, and the size of pictures, was decided in training.
        cache: shoal's cache folder; the user's own when None.
        progress: whether standard error, where it is a terminal, shows that data are read,
            and a bar as they are downloaded.

    Raises:
        DataError: if there is no such data set or file, or it cannot be used.
    """
    if text is not None and not isinstance(text, str | bool):
        text = ",".join(text)
    options = _Options(
        target, groups, need_target, task, text, tokenization, weight, tuple(drop),
        tuple(categorical), tuple(numeric), tuple(dates), header, channels, encoding,
        HowRead(checked_size(size), checked_way(resize), skip_broken), like,
        ignored_labels(ignore, str(source)), None if images is None else Path(images),
        checked_numbers(masks),
    )  # fmt: skip
    with folders_listed_once():
        data = _load(source, options, cache, progress)
    if task is not None and data.y is not None and data.task != task:
        data = data.with_task(task)
    data = with_class_names(data, Path(source)) if source not in NAMES and like is None else data
    data = _sized(data.with_scaling(scaling), _how_sized(options))
    return data if positive is None else data.with_positive(positive)


@dataclass(frozen=True)
class _Options:
    """What `load` was asked for, beside the source."""

    target: str | None
    groups: str | None
    need_target: bool
    task: Task | None
    text: str | bool | None
    tokenization: Tokenization | None
    weight: str | None
    drop: tuple[str, ...]
    categorical: tuple[str, ...]
    numeric: tuple[str, ...]
    dates: tuple[str, ...]
    header: bool | None
    channels: Channels | None
    encoding: str | None
    pictures: HowRead
    like: Preprocessing | None
    ignored: tuple[Ignored, ...]
    images: Path | None
    masks: MaskNumbers | None

    def mask_numbers(self) -> MaskNumbers | None:
        """What the numbers of masks are; nothing said, what they were for a model in training."""
        return self.masks if self.masks or self.like is None else self.like.mask_numbers

    def mask_labels_ignored(self) -> tuple[Ignored, ...]:
        """What is ignored in masks; nothing said, what a model has ignored in training."""
        if self.ignored or self.like is None or self.like.coding is None:
            return self.ignored
        return self.like.coding.ignored


def _load(
    source: str | os.PathLike[str], options: _Options, cache: Path | None, progress: bool
) -> Dataset:
    if source in NAMES or not has_columns(source):
        if not holds_arrays(source):
            _refuse(source, "target column to name", options.target)
        _refuse(source, "column of groups to name", options.groups)
        _refuse(source, "column of texts to name", options.text or None)
        _refuse(source, "column of weights to name", options.weight)
        _refuse(source, "column to leave out", ", ".join(options.drop) or None)
        _refuse(source, "column of categories to name", ", ".join(options.categorical) or None)
        _refuse(source, "column of numbers to name", ", ".join(options.numeric) or None)
        _refuse(source, "column of dates to name", ", ".join(options.dates) or None)
        _refuse(source, "header", options.header)
        _refuse(source, "folder of pictures to name", options.images)
    if source in NAMES:
        _check_no_ignored(source, options)
        _refuse(source, "column of texts that become tokens", options.tokenization)
        _refuse(source, "text that is written in some encoding", options.encoding)
    if source == "digits":
        return load_digits()
    if source == "mnist-5k":
        return load_mnist_5k()
    if source == "shapes":
        return load_shapes()
    if source == "mnist":
        return load_mnist(cache, progress=progress)
    path = Path(source)
    try:
        if path.is_dir():
            return _load_folder(path, options)
        if not path.exists():
            raise _not_there(path, named=isinstance(source, str))
        if is_table(path):
            return _load_table(path, options)
        if is_picture_archive(path):
            return _load_pictures(path, options)
        return _load_file(path, options)
    except OSError as error:
        raise DataError(
            "the file can be read", received=error.strerror or str(error), where=str(path)
        ) from None


def _how_sized(options: _Options) -> HowRead:
    """The size that arrays of pictures get: what is asked for, or what a segmentation sees."""
    from shoal.data.encode.sizes import resizing_of_masks

    to = None if options.like is None else resizing_of_masks(options.like)
    return options.pictures if to is None else HowRead(to.sides, to.way)


def _sized(data: Dataset, how: HowRead) -> Dataset:
    """Pictures that were not read from files of their own, at the size that was asked for."""
    if data.kind != "image":
        for name, given in (("size", how.size), ("resize", how.way)):
            if given is not None:
                raise DataError(
                    "only pictures are resized",
                    received=f"{name}={given!r} for a {data.kind}",
                    where=data.name,
                )
        return data
    if data.resizing is not None or (how.size is None and how.way is None):
        return data
    return resized_dataset(data, how.size, how.way)


def _load_table(path: Path, options: _Options) -> Dataset:
    sheet = None
    if not options.text and options.tokenization is None and _reads_pictures(options):
        from shoal.data.io.table import read_table_file

        held = _pictures_held(path)
        if held is not None:
            return _load_pictured(held, options)
        sheet = read_table_file(path, options.encoding, header=options.header)
        data = _pictures_named(sheet, path, options)
        if data is not None:
            return data
    from shoal.data.io.csv import load_csv

    _check_no_ignored(path, options)
    return load_csv(
        path, target=options.target, groups=options.groups, need_target=options.need_target,
        task=options.task, text=options.text, tokenization=options.tokenization,
        weight=options.weight, drop=options.drop, categorical=options.categorical,
        numeric=options.numeric, dates=options.dates, header=options.header,
        encoding=options.encoding, like=options.like, sheet=sheet,
    )  # fmt: skip


def _reads_pictures(options: _Options) -> bool:
    return options.like is None or options.like.kind == "image"


def _pictures_named(sheet: Sheet, path: Path, options: _Options) -> Dataset | None:
    """The pictures that a table names; None if it names none."""
    from shoal.data.io.metadata_tables import pictured
    from shoal.data.io.picture_column import find_masks, find_pictures

    beside = {options.target, options.weight, options.groups, *options.drop}
    found = find_pictures(sheet, path, options.images, beside=[name for name in beside if name])
    if found is None:
        return None
    masks = find_masks(sheet, path, options.images, found.column, options.target)
    return _load_pictured(pictured(sheet, found, masks), options)


def _pictures_held(path: Path) -> Pictured | None:
    """The pictures that stand in a table itself; None if there are none."""
    if table_suffix(path) not in ARROW:
        return None
    from shoal.data.io.encoded_pictures import read_encoded

    return read_encoded(path)


def _load_metadata(tables: Sequence[Path], options: _Options) -> Dataset:
    """The pictures of a folder that a table in it names."""
    from shoal.data.io.metadata_tables import read_metadata

    table = read_metadata(tables, options.encoding, options.images, options.target)
    return _load_pictured(table, options)


def _load_pictured(table: Pictured, options: _Options) -> Dataset:
    from shoal.data.io.picture_tables import load_pictured

    data = load_pictured(table, _wanted(options))
    if data.task != "segmentation":
        _check_no_ignored(table.sheet.where, options)
    return data if options.images is None else replace(data, images=str(options.images))


def _wanted(options: _Options) -> TableRequest:
    """What is read of a table of pictures."""
    from shoal.data.io.picture_tables import TableRequest

    like, how = options.like, options.pictures
    return TableRequest(
        options.target, options.need_target, options.task, options.weight, options.groups,
        options.drop, like, how_read(like, how), options.mask_labels_ignored(),
        options.mask_numbers(),
    )  # fmt: skip


def _load_folder(path: Path, options: _Options) -> Dataset:
    need_target = options.need_target
    tables = picture_tables(path, alone=need_target) if _reads_pictures(options) else []
    if tables:
        return _load_metadata(tables, options)
    kind = folder_kind(path, need_target=need_target)
    shards = tables_of(path) if kind == "other" else None
    if shards is not None:
        return _load_shards(path, shards, options)
    if need_target and kind in ("other", "classes", "masks") and _tells_nothing(path):
        check_not_several(path)
    if kind == "texts":
        return load_text_folder(
            path, need_target=need_target, tokenization=options.tokenization,
            encoding=options.encoding,
        )  # fmt: skip
    _refuse(path, "text that is written in some encoding", options.encoding)
    _refuse(path, "column of texts that become tokens", options.tokenization)
    if kind in ("classes", "pictures") and are_files(options.like, need_target):
        return _load_pictures(path, options)
    if kind in ("masks", "pictures"):
        return load_mask_folder(
            path, how_read_with_masks(options.like, options.pictures), need_target=need_target,
            ignored=options.mask_labels_ignored(), numbers=options.mask_numbers(),
        )  # fmt: skip
    _check_no_ignored(path, options)
    if kind == "classes":
        return _load_pictures(path, options)
    if kind == "other":
        check_has_classes(path)
    return load_idx_folder(
        path, need_target=need_target, task=options.task, channels=options.channels
    )


def _load_shards(path: Path, found: TableFolder, options: _Options) -> Dataset:
    """The tables of a folder, read as one."""
    from shoal.data.io.csv import load_csv
    from shoal.data.io.metadata_tables import joined_tables
    from shoal.data.io.table import read_table_file
    from shoal.data.io.table_folder import CLASS_COLUMN, joined_sheets, pictures_in_shards

    held = None
    if _reads_pictures(options):
        held = pictures_in_shards(found, options.target, need_target=options.need_target)
    if held is not None:
        paths = [shard.path for shard, _ in held]
        stems = [one.name.split(".")[0] for one in paths]
        parts = [shard.part or "" for shard, _ in held]
        tables = [table for _, table in held]
        return _load_pictured(joined_tables(tables, paths, stems, parts, str(path)), options)
    _check_no_ignored(path, options)
    sheets = [
        read_table_file(shard.path, options.encoding, header=options.header)
        for shard in found.shards
    ]
    target = CLASS_COLUMN if found.of_classes and options.need_target else options.target
    sheet, told = joined_sheets(
        path, found, sheets, options.target, need_target=options.need_target
    )
    data = load_csv(
        path, target=target, groups=options.groups, need_target=options.need_target,
        task=options.task, text=options.text, tokenization=options.tokenization,
        weight=options.weight, drop=options.drop, categorical=options.categorical,
        numeric=options.numeric, dates=options.dates, header=options.header,
        encoding=options.encoding, like=options.like, sheet=sheet,
    )  # fmt: skip
    return data if told is None else replace(data, parts=checked_parts(told, len(data), str(path)))


def _tells_nothing(folder: Path) -> bool:
    """Whether a folder has neither classes nor masks."""
    return not has_classes(folder) and not mask_folders(folder)


def _load_pictures(path: Path, options: _Options) -> Dataset:
    """Pictures by class; for a model that has only to predict, all that are there."""
    if are_files(options.like, options.need_target):
        return load_picture_files([path], options.like, skip_broken=options.pictures.skip_broken)
    how = how_read(options.like, options.pictures)
    return load_class_folder(path, how, several=options.like is None)


def _load_file(path: Path, options: _Options) -> Dataset:
    _refuse(path, "column of texts that become tokens", options.tokenization)
    _refuse(path, "text that is written in some encoding", options.encoding)
    readers = {".npz": load_npz}
    if table_suffix(path) in HDF5:
        from shoal.data.io.hdf5 import load_hdf5

        readers[path.suffix.lower()] = load_hdf5
    reader = readers.get(path.suffix.lower())
    if reader is not None:
        return reader(
            path, need_target=options.need_target, task=options.task, channels=options.channels,
            target=options.target, ignore=options.mask_labels_ignored(),
            masks=options.mask_numbers(),
        )  # fmt: skip
    _check_no_ignored(path, options)
    raise DataError(
        "the end of a file's name tells its format",
        expected=f"{', '.join(SUFFIXES)}, or a folder with IDX files, with images/ and masks/, "
        "or with pictures or texts",
        received=repr(path.suffix),
        where=str(path),
        hint=way_out(path),
    )


def _refuse(source: str | os.PathLike[str], what: str, given: object) -> None:
    if given is not None and (source in NAMES or Path(source).exists()):
        raise DataError(
            f"only a table in a file such as .csv has a {what}",
            received=repr(given),
            where=str(source),
        )


def _check_no_ignored(source: str | os.PathLike[str], options: _Options) -> None:
    if options.ignored:
        raise DataError(
            "only masks have labels to ignore",
            received=", ".join(map(str, options.ignored)),
            where=str(source),
        )


def _not_there(path: Path, *, named: bool) -> DataError:
    """No such file; or, for a bare word, no such data set."""
    text = str(path)
    if named and path.suffix == "" and len(path.parts) == 1:
        return DataError(
            "a data set is a known name or a path",
            expected=f"{', '.join(NAMES)}, or a file or folder",
            received=repr(text),
            hint=did_you_mean(text, NAMES, least=0.5),
        )
    return DataError("no such file", where=text, hint=near_file(path, any_suffix=True))
