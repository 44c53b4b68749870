"""A table to predict, whose columns are known by their places where they have no names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shoal.data.joined_texts import columns_named
from shoal.data.sheet import Sheet, unnamed_columns

if TYPE_CHECKING:
    from shoal.data.preprocessing import Preprocessing


def by_place(sheet: Sheet, like: Preprocessing) -> tuple[Sheet, list[str]]:
    """The sheet with the names of training, and a remark, where one of the two has no header.

    A table without a header has all columns of training, in the same order, or all but the
    target. It is also read by a model with names if it has as many columns as the model has
    inputs.

    Args:
        sheet: the table.
        like: of the model.
    """
    inputs = like.column_names
    if like.text and like.unnamed:
        inputs = columns_named(like.text, unnamed_columns(like.unnamed))
    if not inputs or (set(inputs) <= set(sheet.names) and not sheet.unnamed):
        return sheet, []
    count = len(sheet.names)
    if like.unnamed:
        every = unnamed_columns(like.unnamed)
        targets = set(like.classes) & set(every) if like.task == "multi-label" else {like.target}
        asked = [name for name in every if name not in targets]
        names = every if count >= len(every) else asked if count == len(asked) else []
        names = [*names, *unnamed_columns(count)[len(names) :]] if names else []
    else:
        names = list(inputs) if sheet.unnamed and count == len(inputs) else []
    if not names or names == sheet.names:
        return sheet, []
    known = "as in training" if like.unnamed else f"{names[0]!r} to {names[-1]!r}"
    return replace(sheet, names=names), [f"columns are taken by their places, {known}"]
