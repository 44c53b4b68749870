"""Which rows a model has never seen, and whether data are the same.

A model would score too well on the data that it was trained on. So a model remembers its test
rows: a bit for each row, and a digest of these rows as the network gets them. By the digest the
data are recognized under any name.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset
from shoal.data.encode.compact_inputs import blocks_in
from shoal.data.io.arrays import is_frame
from shoal.data.prepare import Examples, Prepared
from shoal.data.preprocessing import Preprocessing
from shoal.errors import DataError

Rows = npt.NDArray[np.int64]


def describe_unseen_rows(prepared: Prepared, count: int) -> dict[str, Any] | None:
    """What a model remembers of its test rows, as plain data; None if there are none.

    Args:
        prepared: the data.
        count: number of rows of the data set, all parts together.
    """
    if len(prepared.split.test) == 0:
        return None
    return {
        "rows": count,
        "test": pack_rows(prepared.split.test, count),
        "digest": _digest(prepared.test),
    }


def unseen_rows_in(told: Any, dataset: Dataset, preprocessing: Preprocessing) -> Rows | None:
    """The test rows of the data that a model was trained on, or None if these are others.

    Args:
        told: what the model remembers; anything, if its file was tampered with.
        dataset: with targets.
        preprocessing: the model's.
    """
    if not isinstance(told, Mapping) or told.get("rows") != len(dataset) or dataset.y is None:
        return None
    try:
        rows = unpack_rows(told.get("test"), len(dataset))
        part = dataset.rows(rows)
        found = Examples(preprocessing.compact(part), preprocessing.transform_targets(part))
    except DataError:  # data that do not fit are not those of training
        return None
    return rows if len(rows) and _digest(found) == told.get("digest") else None


def pack_rows(rows: Rows, count: int) -> str:
    """Some of the rows 0 to ``count`` - 1 as text: a bit a row, compressed.

    A random fifth of a million rows takes 130 kB so, as numbers 1.4 MB.
    """
    taken = np.zeros(count, bool)
    taken[rows] = True
    return base64.b64encode(zlib.compress(np.packbits(taken).tobytes())).decode()


def unpack_rows(text: Any, count: int) -> Rows:
    """The sorted row numbers that `pack_rows` made a text of.

    Raises:
        DataError: it is no such text, or one of another number of rows.
    """
    size = -(-count // 8)
    try:
        packed = base64.b64decode(text, validate=True)
        bits = zlib.decompressobj().decompress(packed, size + 1)
    except (ValueError, TypeError, zlib.error):
        bits = b""
    if len(bits) != size:
        raise DataError("packed rows have a bit for each row", expected=f"{count} rows")
    taken = np.unpackbits(np.frombuffer(bits, np.uint8), count=count)
    return np.flatnonzero(taken).astype(np.int64)


def _digest(part: Examples) -> str:
    """SHA-256 of examples as a network sees them."""
    state = hashlib.sha256()
    for array in (part.x, part.y):
        state.update(f"{array.dtype.str}{array.shape}".encode())
        for block in blocks_in(array):
            state.update(np.ascontiguousarray(block).data)
    return state.hexdigest()


_TOLD_ONLY = {
    "name", "notes", "weight_column", "label_type", "guessed", "dropped", "positive", "cells",
    "written", "encoding", "channels", "categorical", "numeric", "dates", "header", "unnamed",
    "resizing", "skip_broken",
    "coding", "file_sizes", "images",
    "part_sources",
}  # fmt: skip


_IF_ANY = {"parts", "sizes"}
"""What data sets did not have when the first studies were written: where it is None, the digest
is theirs."""


def digest_of(dataset: Dataset) -> str:
    """SHA-256 of everything that training sees: inputs, targets, classes; not of the name."""
    state = hashlib.sha256()
    for field in fields(dataset):
        value = getattr(dataset, field.name)
        if field.name in _TOLD_ONLY or (field.name in _IF_ANY and value is None):
            continue
        state.update(f"{field.name}:".encode())
        _add(state, value)
    return state.hexdigest()


def _add(state: Any, value: Any) -> None:
    if is_frame(value):
        for name in value.columns:
            state.update(f"{name!r}:".encode())
            _add(state, value[name].to_numpy())
    elif isinstance(value, np.ndarray):
        state.update(f"{value.dtype.str}{value.shape}".encode())
        if value.dtype == object:
            state.update(repr(value.tolist()).encode())
        else:
            plain = value.view(np.int64) if value.dtype.kind == "M" else value
            state.update(np.ascontiguousarray(plain).data)
    else:
        state.update(repr(value).encode())
