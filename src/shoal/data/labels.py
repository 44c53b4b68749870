"""Several labels an example, of which any number may apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.cells import read_cells
from shoal.data.sheet import Sheet
from shoal.errors import DataError

Labels = npt.NDArray[np.int32]


def encode_labels(
    y: Any, *, rows: int, classes: Sequence[str] | None, where: str
) -> tuple[Labels, tuple[str, ...]]:
    """Labels as 1 for yes, 0 for no and -1 where it is not known, and their names.

    Args:
        y: shape (n, labels), of booleans or numbers; NaN and -1 are not known. The
            columns of a DataFrame name the labels.
        rows: n.
        classes: the names, if y does not tell them.
        where: for messages.

    Raises:
        DataError: another shape or other values, or names that are not as many.
    """
    named = classes if classes is not None else getattr(y, "columns", None)
    try:
        values = np.asarray(y).astype(np.float64)
    except (TypeError, ValueError):
        raise DataError("labels are yes or no", received="something else", where=where) from None
    if values.ndim != 2 or len(values) != rows or values.shape[1] == 0:
        raise DataError(
            "every example has a yes or no for each label",
            expected=f"shape ({rows}, labels)",
            received=f"shape {values.shape}",
            where=where,
        )
    codes = np.where(np.isnan(values), -1.0, values)
    odd = ~np.isin(codes, (-1.0, 0.0, 1.0))
    if odd.any():
        row, column = np.argwhere(odd)[0]
        raise DataError(
            "a label is 1 for yes, 0 for no, and blank where it is not known",
            received=f"{values[row, column]:g} in row {row}, label {column}",
            where=where,
        )
    names = tuple(map(str, range(values.shape[1]) if named is None else named))
    if len(names) != values.shape[1] or len(set(names)) != len(names):
        raise DataError(
            "every label has a name of its own",
            expected=f"{values.shape[1]} different names",
            received=", ".join(names),
            where=where,
        )
    return codes.astype(np.int32), names


def label_columns(sheet: Sheet, target: str | None) -> tuple[str, ...]:
    """The columns that a target such as ``"rain,wind"`` names; empty if it is one column."""
    if target is None or target in sheet.names or "," not in target:
        return ()
    names = tuple(name.strip() for name in target.split(","))
    return names if set(names) <= set(sheet.names) else ()


def take_labels(sheet: Sheet, names: Sequence[str]) -> tuple[Sheet, Labels]:
    """The table without these columns, and what they say.

    Raises:
        DataError: they hold something else than yes and no, or are all that there is.
    """
    columns = []
    for name in names:
        place = f"{sheet.where}, column {name!r}"
        cells = read_cells(sheet.columns[sheet.names.index(name)], sheet.place, place)
        if cells.holding in ("text", "date"):
            raise DataError(
                "of several targets, each column must hold labels: 1 for yes, 0 for no, blank "
                "where it is not known",
                received="text",
                where=place,
                hint="Name one column as the target.",
            )
        values = np.where(cells.missing, np.nan, cells.values.astype(np.float64))
        odd = np.flatnonzero(~np.isnan(values) & ~np.isin(values, (0.0, 1.0)))
        if odd.size:
            raise DataError(
                "of several targets, each column must hold labels: 1 for yes, 0 for no, blank "
                "where it is not known",
                received=f"{values[odd[0]]:g} in row {odd[0]}",
                where=place,
                hint="Numbers are predicted one column at a time: name one column as the target, "
                "and leave out the others (--drop).",
            )
        columns.append(
            encode_labels(values[:, None], rows=len(values), classes=[name], where=place)[0]
        )
    kept = [i for i, name in enumerate(sheet.names) if name not in names]
    if not kept:
        raise DataError(
            "a table has columns besides the target", received="labels only", where=sheet.where
        )
    rest = replace(
        sheet, names=[sheet.names[i] for i in kept], columns=[sheet.columns[i] for i in kept]
    )
    return rest, np.concatenate(columns, axis=1)


def matched(y: Labels, own: Sequence[str], wanted: Sequence[str], where: str) -> Labels:
    """The labels in the order of a model's; not known where there are none of that name.

    Raises:
        DataError: none of the model's labels is there.
    """
    if not set(own) & set(wanted):
        raise DataError(
            "targets are labels of the model",
            expected=", ".join(wanted),
            received=", ".join(own),
            where=where,
        )
    found = np.full((len(y), len(wanted)), -1, np.int32)
    for i, name in enumerate(wanted):
        if name in own:
            found[:, i] = y[:, list(own).index(name)]
    return found
