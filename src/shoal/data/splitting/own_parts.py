"""Validation and test rows out of files, or arrays, of their own, behind the rows for training."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset
from shoal.data.encode.encoders import TableEncoder
from shoal.data.encode.image import ImageEncoder
from shoal.data.encode.pixels import concatenated
from shoal.data.encode.unlike_sizes import filled_alike
from shoal.data.io.arrays import is_frame
from shoal.data.io.files import is_table
from shoal.data.io.load import NAMES, load
from shoal.data.preprocessing import Preprocessing
from shoal.data.splitting.equal_rows import repeat_notes
from shoal.data.splitting.parts import PARTS, TEST, TRAIN, VALIDATION
from shoal.errors import DataError

Array = npt.NDArray[Any]

SOME = 1000
"""Pictures or texts that others are compared with; a table's columns need all rows."""


def is_own_part(given: Any) -> bool:
    """Whether it is rows of their own, and neither a share nor numbers of rows."""
    if isinstance(given, str | os.PathLike | Dataset) or is_frame(given):
        return True
    return isinstance(given, tuple) and len(given) == 2 and not _is_number(given[0])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number)


def join_parts(dataset: Dataset, own: Mapping[int, Any]) -> Dataset:
    """The data set with rows of their own for validation or the test behind its rows.

    Args:
        dataset: its rows are for training, as far as it does not say otherwise.
        own: by the code of a part, what `Dataset.with_parts` takes.

    Raises:
        DataError: they cannot be read, or are not like the rows for training.
    """
    if dataset.y is None:
        raise DataError("training needs targets", received="inputs only", where=dataset.name)
    like = _fitted(dataset)
    read = {code: _read(dataset, like, code, given) for code, given in own.items()}
    dataset, *filled = filled_alike([dataset, *read.values()])
    assert dataset.y is not None
    read = dict(zip(read, filled, strict=True))
    if dataset.sizes is not None:
        like = _fitted(dataset)
    parts = _parts(dataset, own)
    x, y = [_inputs(dataset, like, dataset)], [dataset.y]
    for code, other in read.items():
        x.append(_inputs(dataset, like, other))
        y.append(_targets(dataset, like, other))
        parts = np.concatenate([parts, np.full(len(other), code, np.int8)])
    every = [dataset, *read.values()]
    names = [one.example_names for one in every]
    sources = {**dataset.part_sources, **{PARTS[code]: one.name for code, one in read.items()}}
    joined = replace(
        dataset,
        x=_joined(dataset, x),
        y=np.concatenate(y),
        weight=_weights(dataset, every),
        groups=_groups(dataset, every),
        example_names=tuple(n for each in names for n in each) if all(names) else (),
        fixed_test=None if TEST in own else dataset.fixed_test,
        cells=None,
        sizes=_sizes([one.sizes for one in every]),
        file_sizes=_sizes([one.file_sizes for one in every]),
        parts=parts,
        part_sources=sources,
    )
    told = [_told(code, other) for code, other in read.items()]
    return replace(joined, notes=(*dataset.notes, *told, *repeat_notes(joined)))


def _fitted(dataset: Dataset) -> Preprocessing:
    """What the rows for training are like."""
    every = np.arange(len(dataset))
    rows = every if dataset.kind == "table" else every[:: -(-len(every) // SOME)]
    return Preprocessing.fit(dataset, rows)


def _parts(dataset: Dataset, own: Mapping[int, Any]) -> npt.NDArray[np.int8]:
    """The parts of the data set's rows; those that come from elsewhere now are for training."""
    parts = np.full(len(dataset), TRAIN, np.int8) if dataset.parts is None else dataset.parts
    return np.where(np.isin(parts, list(own)), TRAIN, parts).astype(np.int8)


def _read(dataset: Dataset, like: Preprocessing, code: int, given: Any) -> Dataset:
    """The part as a data set of its own.

    Raises:
        DataError: no such file, or data of another kind or without targets.
    """
    what = f"{PARTS[code]} data"
    if isinstance(given, Dataset):
        found = given
    elif isinstance(given, str | os.PathLike):
        found = _load(dataset, like, given)
    elif is_frame(given):
        found = _from_frame(dataset, given, what)
    else:
        x, y = given
        # Numbers in place of classes are known by the classes of training, not by their own.
        task = None if dataset.task in ("classification", "regression") else dataset.task
        found = Dataset.from_arrays(
            x, y, task=task, channels=dataset.channels, name=what, masks=like.mask_numbers
        )
    if found.y is None:
        raise DataError(f"{what} have targets", received="inputs only", where=found.name)
    if found.kind != dataset.kind:
        raise DataError(
            f"{what} are of the kind that is trained on",
            expected=_KINDS[dataset.kind],
            received=_KINDS[found.kind],
            where=found.name,
        )
    return found


_KINDS = {"image": "images", "table": "a table", "text": "texts"}


def _load(dataset: Dataset, like: Preprocessing, source: str | os.PathLike[str]) -> Dataset:
    """The file, by the rules by which the data set was read."""
    table = source not in NAMES and is_table(source)
    reads: str | bool | None = None
    if table:
        reads = dataset.text if dataset.kind == "text" and dataset.text is not None else False
    return load(
        source,
        target=dataset.target if table else None,
        task=dataset.task,
        text=reads,
        weight=dataset.weight_column if table else None,
        encoding=dataset.encoding,
        header=dataset.header if table else None,
        channels=dataset.channels,
        like=like,
        progress=False,
    )


def _from_frame(dataset: Dataset, frame: Any, what: str) -> Dataset:
    """A DataFrame that holds the target beside the inputs.

    Raises:
        DataError: the data set's target has no name, or there is no such column.
    """
    names = list(dataset.classes) if dataset.task == "multi-label" else [dataset.target]
    if None in names or not set(names) <= set(frame.columns):
        told = ", ".join(map(repr, names))
        raise DataError(
            f"a table with {what} has the column of targets",
            expected=told if dataset.target or dataset.classes else "a target with a name",
            received=", ".join(repr(str(name)) for name in frame.columns[:30]),
            where=what,
            hint="Or give inputs and targets apart: (x, y).",
        )
    y = frame[names] if dataset.task == "multi-label" else frame[names[0]]
    x = frame.drop(columns=names)
    if dataset.kind == "text" and dataset.text in x.columns:
        x = x[dataset.text]
    task = dataset.task if dataset.task == "multi-label" else None
    return Dataset.from_arrays(x, y, task=task, name=what)


def _inputs(dataset: Dataset, like: Preprocessing, other: Dataset) -> Any:
    """Inputs as those of the data set are: of a named table the values of each column."""
    encoder = like.encoder
    if isinstance(encoder, TableEncoder):
        if other is dataset:
            return {name: _column(dataset, name)[1] for name in encoder.names}
        return encoder.values(other.x if other.cells is None else other.cells, other.name)
    if other is dataset or dataset.kind == "text":
        return other.x
    if isinstance(encoder, ImageEncoder):
        pictures = encoder.fitting(other.x, other.name, other.example_names)
        return _as_type(pictures, np.asarray(dataset.x).dtype)
    like.transform(other)  # refuses another number of columns
    return np.asarray(other.x, np.float64)


def _as_type(pictures: Array, dtype: np.dtype[Any]) -> Array:
    """Pictures of this type, where that loses nothing."""
    if pictures.dtype == dtype:
        return pictures
    cast = pictures.astype(dtype)
    return cast if np.array_equal(cast, pictures) else pictures


def _column(dataset: Dataset, name: str) -> tuple[Any, Array]:
    from shoal.data.io.frames import column_values

    frame: Any = dataset.x
    return column_values(frame[name], where=dataset.name)


def _joined(dataset: Dataset, each: list[Any]) -> Any:
    """All inputs, those for training first."""
    if not isinstance(each[0], dict):
        return concatenated(each)
    import pandas as pd

    from shoal.data.io.frames import as_series

    return pd.DataFrame(
        {
            name: as_series(_column(dataset, name)[0], np.concatenate([x[name] for x in each]))
            for name in each[0]
        }
    )


def _targets(dataset: Dataset, like: Preprocessing, other: Dataset) -> Array:
    """Targets by the classes of training.

    Raises:
        DataError: a class that training does not have, or other targets.
    """
    assert dataset.y is not None
    y = like.matched_targets(other)
    return y.reshape(len(y), *dataset.y.shape[1:]).astype(dataset.y.dtype)


def _sizes(each: list[npt.NDArray[np.int32] | None]) -> npt.NDArray[np.int32] | None:
    """The sizes of all pictures; None where those of some are not known."""
    known = [sizes for sizes in each if sizes is not None]
    return np.concatenate(known) if len(known) == len(each) else None


def _weights(dataset: Dataset, every: list[Dataset]) -> npt.NDArray[np.float64] | None:
    """The weights of all rows.

    Raises:
        DataError: only some of the data have weights.
    """
    weights = [one.weight for one in every]
    if all(weight is None for weight in weights):
        return None
    missing = [one.name for one in every if one.weight is None]
    if missing:
        raise DataError(
            "rows of all parts have weights, or none have", received="none", where=missing[0]
        )
    return np.concatenate([weight for weight in weights if weight is not None])


def _groups(dataset: Dataset, every: list[Dataset]) -> npt.NDArray[np.int64] | None:
    """Groups of all rows; a row of another file is never divided, and is one by itself."""
    if dataset.groups is None:
        return None
    more = sum(map(len, every[1:]))
    return np.concatenate([dataset.groups, int(dataset.groups.max()) + 1 + np.arange(more)])


def _told(code: int, other: Dataset) -> str:
    """A remark on where a part comes from."""
    what = {VALIDATION: "validation", TEST: "the test"}[code]
    rows = "row" if len(other) == 1 else "rows"
    return f"for {what} are the {len(other):,} {rows} of {other.name}"
