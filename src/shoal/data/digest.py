"""A data set's digest: whether a search that goes on has the data that it began with."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import Any

import numpy as np

from shoal.data.arrays import is_frame
from shoal.data.dataset import Dataset

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
