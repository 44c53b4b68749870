"""Rows whose inputs are equal: a network that has learned one by heart knows them all."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.arrays import is_frame
from shoal.data.equal_rows import stay_whole
from shoal.data.parts import VALIDATION
from shoal.data.texts import first_of_each

if TYPE_CHECKING:
    import pandas as pd

    from shoal.data.dataset import Dataset

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

_LONG = 4096
"""Bytes of a row from which on a part of it is looked at first."""

_BLOCK = 4096

_AT_ONCE = 1 << 26
"""Bytes of rows that are looked at together."""

_SHARES = np.array([0.6, 0.2, 0.2])
"""Of the rows, for the parts of the usual split."""


def first_equal(dataset: Dataset) -> Rows:
    """For each row the first one with the same inputs: its own, if it is no repetition."""
    if dataset.kind == "text":
        return first_of_each(dataset.x)
    x: Any = dataset.x
    return _first_equal_in_table(_coded(x)) if is_frame(x) else _first_equal_row(x)


def repeat_notes(dataset: Dataset) -> tuple[str, ...]:
    """A remark on rows that repeat another."""
    first = first_equal(dataset)
    if dataset.fixed_test is not None or dataset.parts is not None:
        return _given_notes(dataset, first)
    again = int((first != np.arange(len(first))).sum())
    if again == 0:
        return ()
    if dataset.kind == "text":
        what = "a text occurs" if again == 1 else f"{again} texts occur"
        return (f"{what} again: repetitions stay in the same part of a split",)
    one = {"image": "picture", "table": "row"}[dataset.kind]
    told = f"{again:,} of {len(first):,} {one}s repeat{'s' * (again == 1)} another: "
    if dataset.groups is not None or stay_whole(first, _kinds(dataset), _SHARES):
        return (f"{told}equal {one}s stay on one side of the split",)
    return (
        f"{told}too few are different to keep equal ones on one side of the split, so that "
        f"scores are in part of {one}s that were seen in training",
    )


def _given_notes(dataset: Dataset, first: Rows) -> tuple[str, ...]:
    """A remark on rows that data keep for the test or validation and that are in training too."""
    held = {"test": np.zeros(len(first), bool), "validation": np.zeros(len(first), bool)}
    held["test"][dataset.test_rows if dataset.test_rows is not None else []] = True
    if dataset.parts is not None:
        held["validation"] = (dataset.parts == VALIDATION) & ~held["test"]
    others = first[~(held["test"] | held["validation"])]
    both = int(np.isin(first[held["test"]], first[held["validation"]]).sum())
    told = (
        f"{both:,} of the {int(held['test'].sum()):,} rows that are for the test are among those "
        "for validation too: what is chosen by them is judged by them",
    )
    return (told if both else ()) + tuple(
        f"{seen:,} of the {int(rows.sum()):,} rows that are for the {part} are among the others "
        f"too: the {part} score is in part of what was seen in training"
        for part, rows in held.items()
        if (seen := int(np.isin(first[rows], others).sum()))
    )


def _kinds(dataset: Dataset) -> Rows:
    if dataset.task != "classification" or dataset.y is None:
        return np.zeros(len(dataset), np.int64)
    return np.asarray(dataset.y, np.int64)


def _first_equal_row(x: Array) -> Rows:
    flat = x.reshape(len(x), -1)
    if flat.shape[1] * flat.itemsize <= _LONG:
        return _first_of(flat, np.arange(len(flat)))
    # Of long rows a few values mostly tell that they differ, and reading all would take long.
    step = -(-flat.shape[1] * flat.itemsize // _LONG)
    first = _first_of(flat[:, ::step], np.arange(len(flat)))
    counts = np.bincount(first, minlength=len(first))
    doubtful = np.flatnonzero(counts[first] > 1)
    if len(doubtful):
        first = np.arange(len(flat))
        first[doubtful] = _first_of(flat, doubtful)
    return first


def _first_of(flat: Array, rows: Rows) -> Rows:
    """For each of these rows the first of them that is equal."""
    seen: dict[bytes, int] = {}
    found = np.empty(len(rows), np.int64)
    step = max(min(_BLOCK, _AT_ONCE // max(flat.shape[1] * flat.itemsize, 1)), 1)
    for start in range(0, len(rows), step):
        block = flat[rows[start : start + step]]
        if block.dtype.kind == "f":
            block = np.where(np.isnan(block), np.nan, block) + 0.0  # one NaN, and no -0.0
        for place, row in enumerate(np.ascontiguousarray(block), start):
            digest = blake2b(row.data, digest_size=16).digest()
            found[place] = seen.setdefault(digest, int(rows[place]))
    return found


def _coded(frame: pd.DataFrame) -> list[npt.NDArray[np.float64]]:
    """A table's columns as numbers that are equal where the cells are."""
    import pandas as pd

    columns = []
    for name in frame.columns:
        column = frame[name]
        if column.dtype == np.float64:
            columns.append(column.to_numpy())
        else:
            columns.append(pd.factorize(column)[0].astype(np.float64))
    return columns


def _first_equal_in_table(columns: list[npt.NDArray[np.float64]]) -> Rows:
    """As `_first_equal_row`; a sum of each row tells mostly that it has no equal."""
    sums = _row_sums(columns)
    order = np.argsort(sums, kind="stable")
    again = np.flatnonzero(sums[order[1:]] == sums[order[:-1]])
    first = np.arange(len(sums))
    doubtful = np.unique(np.concatenate([order[again], order[again + 1]]))
    if len(doubtful):
        rows = np.column_stack([column[doubtful] for column in columns])
        first[doubtful] = doubtful[_first_equal_row(rows)]
    return first


def _row_sums(columns: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.uint64]:
    """A number of each row, the same for rows that are equal.

    Each step of a column is one to one, so that rows that differ in one column never agree.
    """
    sums = np.zeros(len(columns[0]), np.uint64)
    for start in range(0, len(sums), _BLOCK):
        own = sums[start : start + _BLOCK]
        for column in columns:
            part = column[start : start + _BLOCK]
            part = np.where(np.isnan(part), np.nan, part) + 0.0  # one NaN, and no -0.0
            own ^= part.view(np.uint64)
            own *= np.uint64(0x9E3779B97F4A7C15)
            own ^= own >> np.uint64(32)
    return sums
