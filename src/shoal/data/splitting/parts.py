"""Parts that come with the data: which rows train, which validate, which are for the test."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

Parts = npt.NDArray[np.int8]

TRAIN, VALIDATION, TEST = 0, 1, 2
"""The codes in `Dataset.parts`."""

PARTS = ("train", "validation", "test")
"""What they are called, in the order of the codes."""

PART_NAMES = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
"""What folders, arrays and cells of tables call them, in small letters."""


def describe_parts(parts: Sequence[str]) -> str:
    """How many rows each part has."""
    return ", ".join(f"{parts.count(one):,} for {one}" for one in PARTS if one in parts)


def checked_parts(parts: Any, rows: int, where: str) -> Parts:
    """The part of each row as its code.

    Args:
        parts: for each row ``train``, ``validation`` or ``test``, or their codes 0, 1 and 2.
        rows: how many there are.
        where: what to call the data in messages.

    Raises:
        DataError: another number of rows, other names or codes, or no row for training.
    """
    given = np.asarray(parts)
    if given.shape != (rows,):
        raise DataError(
            "every row has a part",
            expected=f"{rows} parts",
            received=f"shape {given.shape}",
            where=where,
        )
    codes = given
    if given.dtype.kind in "OU":
        places = {name: code for code, name in enumerate(PARTS)}
        codes = np.array([places.get(name, -1) for name in given.tolist()], np.int64)
    known = codes.dtype.kind in "iu" and bool(((codes >= TRAIN) & (codes <= TEST)).all())
    if not known:
        raise DataError(
            "a row is for training, validation or the test",
            expected=f"{', '.join(map(repr, PARTS))}, or 0, 1 and 2",
            received=reprlib.repr(given.tolist()),
            where=where,
        )
    if not (codes == TRAIN).any():
        raise DataError("some rows are for training", received="none of them", where=where)
    return codes.astype(np.int8)
