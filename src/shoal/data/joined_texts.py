"""Texts of several columns: by which names, and how they are joined."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

BETWEEN = "\n "
"""What stands between the texts of two columns: a line's end is a token of its own."""


def columns_named(text: str, names: Collection[str]) -> tuple[str, ...]:
    """The columns that such as ``"title,description"`` names; empty if it is none of them.

    A name may hold commas itself.
    """
    if text in names:
        return (text,)
    for name in sorted(names, key=len, reverse=True):
        rest = text[len(name) :].lstrip()
        if name and text.startswith(name) and rest.startswith(","):
            others = columns_named(rest[1:].strip(), names)
            if others and name not in others:
                return (name, *others)
    return ()


def joined_column(frame: Any, names: Sequence[str]) -> npt.NDArray[np.object_]:
    """The texts of these columns of a DataFrame, joined, of shape (n,)."""
    made = np.empty(len(frame), object)
    made[:] = joined_texts([_cells(frame[name]) for name in names])
    return made


def _cells(series: Any) -> list[str | None]:
    """A column's texts, None where there is none."""
    missing = series.isna().tolist()
    return [None if gone else str(cell) for cell, gone in zip(series, missing, strict=True)]


def joined_texts(columns: Sequence[Sequence[str | None]]) -> list[str]:
    """The texts of each row's columns, one after another; blanks leave nothing behind."""
    if len(columns) == 1:
        return [cell or "" for cell in columns[0]]
    return [BETWEEN.join(cell for cell in row if cell) for row in zip(*columns, strict=True)]
