"""Texts as inputs: what is one, and how a column of them looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_column import CellColumn
from shoal.errors import DataError

Texts = npt.NDArray[np.object_]

WORDS, LETTERS = 3, 20
"""So many words, or letters where words are not separated, has free text on average."""

LEAST_TEXTS = 20
"""Different texts that a column of free text beside other columns has at least."""

DIFFERENT = 0.5
"""From this share of different texts on they are no categories."""


def are_texts(x: Any) -> bool:
    """Whether inputs are texts: a list, an array of one axis, or a column of strings."""
    if isinstance(x, str) or not hasattr(x, "__len__") or getattr(x, "ndim", 1) != 1:
        return False
    kind = getattr(getattr(x, "dtype", None), "kind", "O")
    if kind != "O" or isinstance(x, dict | set):
        return kind in "UT"
    return len(x) > 0 and all(isinstance(value, str) for value in x)


def as_texts(x: Any, *, where: str) -> Texts:
    """The texts as an array of strings of shape (n,).

    Raises:
        DataError: something else, with the first place.
    """
    if getattr(x, "shape", None) == (0,):  # the part of a split that has no rows
        return np.empty(0, object)
    if not are_texts(x):
        raise DataError(
            "inputs are texts",
            expected="a list of strings",
            received=_told(x),
            where=where,
            hint="A single text is written [text]." if isinstance(x, str) else None,
        )
    texts = np.empty(len(x), object)
    texts[:] = [_sound(str(value)) for value in x]
    return texts


def _told(x: Any) -> str:
    """What there is instead of texts."""
    shape = getattr(x, "shape", (0,))
    if len(shape) != 1:
        return f"an array of shape {shape}"
    if isinstance(x, str) or not hasattr(x, "__iter__"):
        return type(x).__name__
    odd = next(((i, v) for i, v in enumerate(x) if not isinstance(v, str)), None)
    return "nothing" if odd is None else f"{odd[1]!r} at index {odd[0]}"


def _sound(text: str) -> str:
    """The text without halves of surrogate pairs, which stand for no character."""
    return text.encode("utf-8", "replace").decode("utf-8")


def first_of_each(texts: Any) -> npt.NDArray[np.int64]:
    """For each text the row in which it occurs first: its own, if it is no repetition."""
    first: dict[str, int] = {}
    found = [first.setdefault(text, row) for row, text in enumerate(texts.tolist())]
    return np.array(found, np.int64)


def empty_text_notes(texts: Any, where: str) -> tuple[str, ...]:
    """A remark on empty texts among those that are to be learned from.

    Raises:
        DataError: there is nothing in any of them.
    """
    empty = sum(not text.strip() for text in texts.tolist())
    if empty == len(texts):
        raise DataError("some text holds something", received="only empty ones", where=where)
    if empty == 0:
        return ()
    if empty == 1:
        return (f"one of {len(texts):,} texts is empty",)
    return (f"{empty} of {len(texts):,} texts are empty",)


def text_columns(frame: Any) -> list[str]:
    """The names of a table's columns of free text."""
    found = []
    for name in frame.columns:
        if frame[name].dtype != object:
            continue
        cells = [cell for cell in frame[name].tolist() if isinstance(cell, str)]
        if len(set(cells)) >= LEAST_TEXTS and look_like_texts(cells):
            found.append(str(name))
    return found


def look_like_texts(cells: Sequence[str]) -> bool:
    """Whether a column's cells are free text rather than categories, names or numbers."""
    if isinstance(cells, CellColumn) and cells.most_letters < min(WORDS, LETTERS):
        return False
    present = [cell for cell in cells if cell]
    if not present or len(set(present)) < DIFFERENT * len(present):
        return False
    words = sum(len(cell.split()) for cell in present) / len(present)
    letters = sum(sum(map(str.isalpha, cell)) for cell in present) / len(present)
    return (words >= WORDS and letters >= WORDS) or letters >= LETTERS
