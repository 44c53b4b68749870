"""Which columns hold texts, weights, the target."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_column import CellColumn
from shoal.data.columns.cells import read_cells
from shoal.data.columns.fit import listed
from shoal.data.columns.texts import columns_named
from shoal.data.encode.texts import LEAST_TEXTS, look_like_texts
from shoal.data.encode.weights import check_weights
from shoal.data.io.sheet import Sheet, unnamed_columns
from shoal.data.io.typed_tables import TypedCells
from shoal.errors import DataError, did_you_mean

WORDS_OF_NO_NAME = 4
"""Words from which on a first cell is a text itself: the file has no header."""

_IDS = re.compile(r"(?:^|[_ .-])(?:id|uuid|guid|index|idx|nr|no|number|row|key|x0)$")
"""How columns that name rows are called, in small letters."""

_TARGETS = ("label", "labels", "target", "class", "y", "sentiment", "category", "topic")
"""How a column to predict is called, in small letters."""


@dataclass(frozen=True)
class Roles:
    """A table with texts: the columns that are read word by word, and what stands beside.

    Attributes:
        texts: the columns of texts.
        target: the column that is predicted, if any.
        others: the other columns that are inputs.
        ids: columns that name rows; they are no inputs.
    """

    texts: tuple[str, ...]
    target: str | None
    others: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The names of the texts' columns with commas between, as `columns_named` reads them."""
        return ",".join(self.texts)


def with_header(sheet: Sheet) -> tuple[Sheet, list[str]]:
    """The sheet; of texts without a header, with one, and a remark on it.

    Text files often begin with their first example. That is certain enough if the first
    line holds a text of several words, and beside it a label that occurs again below. A
    format that has types names its columns.
    """
    if any(isinstance(cells, TypedCells) for cells in sheet.columns) or sheet.unnamed:
        return sheet, []
    long = [
        len(name.split()) >= WORDS_OF_NO_NAME and look_like_texts(cells)
        for name, cells in zip(sheet.names, sheet.columns, strict=True)
    ]
    short = [i for i, name in enumerate(sheet.names) if not long[i] and name]
    single = len(sheet.names) <= 2
    certain = sum(long) == 1 if single else sum(long) > 0 and len(short) > 0
    again = all(
        sheet.names[i] in sheet.columns[i] or (not single and look_like_texts(sheet.columns[i]))
        for i in short
    )
    if not certain or not again or (single and len(short) < len(sheet.names) - 1):
        return sheet, []
    names = unnamed_columns(len(sheet.names))
    if single:
        names = ["text" if is_text else "label" for is_text in long]
    each = zip(sheet.names, sheet.columns, strict=True)
    columns = [CellColumn.of([name, *cells]) for name, cells in each]
    first = max(sheet.lines[0] - 1, 1)
    called = f"called {' and '.join(map(repr, names))}" if single else f"called x0 to {names[-1]}"
    note = f"the first line is no header: columns are {called}"
    lines = [first, *sheet.lines]
    made = replace(sheet, names=names, columns=columns, lines=lines, unnamed=not single)
    return made, [note]


def find_roles(
    sheet: Sheet, *, target: str | None, text: str | bool | None, need_target: bool, judge: bool
) -> Roles | None:
    """The table's columns of texts, named or found; None if it has none.

    Args:
        sheet: the table.
        target: the column to predict; None: found where one is needed. It is the last one,
            unless that is free text: then one that is called as targets are, or the only one
            that is no text.
        text: names of columns; None: free text is found; False: there is none.
        need_target: whether there is a column to predict.
        judge: whether columns that name rows are looked for.

    Raises:
        DataError: a column that was named is not there, is the target, or is alone
            where a target is needed; or the column to predict cannot be told.
    """
    if text is False or text is True:
        return None
    named = None if text is None else _named(sheet, text, target)
    rest = [name for name in sheet.names if name != target]
    if named is not None and need_target and target is None and len(named) == len(rest):
        raise DataError(
            "a table of texts has a column to predict beside them",
            received=f"only {', '.join(map(repr, named))}",
            where=sheet.where,
        )
    free = list(named or ())
    if named is None:
        free = [name for name in rest if _is_free_text(sheet, name, alone=len(rest) <= 2)]
    if not free:
        return None
    others = [name for name in rest if name not in free]
    ids = [name for name in others if judge and _names_rows(sheet, name)]
    if len(ids) == len(others) and need_target and target is None:
        ids = ids[:-1]  # something is predicted
    others = [name for name in others if name not in ids]
    if need_target and target is None:
        target = _target(sheet, others, free)
        if target is None:
            return None
    texts = tuple(name for name in free if name != target)
    beside = tuple(name for name in others if name != target)
    return Roles(texts, target, beside, tuple(ids)) if texts else None


def apply_roles(sheet: Sheet, roles: Roles) -> tuple[Sheet, list[str]]:
    """The sheet without the columns that are no inputs, and remarks on how it is read."""
    kept = {*roles.texts, roles.target, *roles.others}
    left = [name for name in sheet.names if name not in kept and name not in roles.ids]
    read = listed([repr(name) for name in roles.texts])
    several = len(roles.texts) > 1
    notes = []
    if roles.others:
        count = len(roles.others)
        beside = " and ".join(map(repr, roles.others)) if count < 3 else f"{count} other columns"
        notes.append(
            f"texts of {read} are read beside {beside}: their frequent words are features of the "
            "table (--drop leaves a column out; texts alone go into a network for texts)"
        )
    elif several or left:
        told = f"; left out: {listed([repr(name) for name in left])}" if left else ""
        notes.append(f"texts of {read} are read{', one after another' * several}{told}")
    if roles.ids:
        told = listed([repr(name) for name in roles.ids])
        notes.append(
            f"left out, for it names the rows: {told} (--categorical or --numeric reads it)"
        )
    return sheet.keeping([i for i, name in enumerate(sheet.names) if name in kept]), notes


def _is_free_text(sheet: Sheet, name: str, *, alone: bool) -> bool:
    """Whether a column looks like free text, and nobody has said that it is something else."""
    if name in sheet.asked:
        return False
    cells = sheet.column(name)
    if isinstance(cells, TypedCells) and cells.holding != "text":
        return False
    return look_like_texts(cells) and (alone or len(set(cells)) >= LEAST_TEXTS)


def _names_rows(sheet: Sheet, name: str) -> bool:
    """Whether a column's cells all differ and it is called as ids are, or counts the rows."""
    cells = list(sheet.column(name))
    if name in sheet.asked or len(cells) < LEAST_TEXTS or len(set(cells)) < len(cells):
        return False
    if _IDS.search(name.lower()) or re.search("[a-z]I[dD]$", name):
        return True
    if not all(cell.isdecimal() and len(cell) < 16 for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    return max(numbers) - min(numbers) == len(numbers) - 1


def _target(sheet: Sheet, others: Sequence[str], free: Sequence[str]) -> str | None:
    """The column to predict; None where the last one is, as in any table.

    Raises:
        DataError: the last column is free text, and several others may be meant.
    """
    last = sheet.names[-1]
    if last not in free:
        return last if last in others or not others else others[-1]
    called = [name for name in others if name.lower() in _TARGETS]
    found = called if len(called) == 1 else others
    if len(found) == 1:
        return found[0]
    if not found:
        return None
    raise DataError(
        "the column to predict is named where the last one holds texts",
        expected=f"one of {', '.join(map(repr, others[:30]))}",
        received="no target",
        where=sheet.where,
        hint="Name it: target=, or --target.",
    )


def _named(sheet: Sheet, text: str, target: str | None) -> tuple[str, ...]:
    named = columns_named(text, sheet.names)
    if target is not None and target in (named or (text,)):
        raise DataError(
            "the texts and the target are different columns",
            received=repr(target),
            where=sheet.where,
        )
    if named:
        return named
    parts = [text] if "," not in text else [part.strip() for part in text.split(",")]
    odd = next((part for part in parts if part not in sheet.names), text)
    raise DataError(
        "the texts are columns of the table",
        expected=f"some of {', '.join(map(repr, sheet.names[:30]))}",
        received=repr(odd),
        where=sheet.where,
        hint=did_you_mean(odd, sheet.names) or "Name them: text=, or --text.",
    )


def take_weights(
    sheet: Sheet, weight: str, target: str | None
) -> tuple[Sheet, npt.NDArray[np.float64]]:
    """The table without this column, and its numbers.

    Raises:
        DataError: there is no such column, it is the target, or it holds something
            else than finite numbers from 0.
    """
    if weight == target:
        raise DataError(
            "the weight and the target are two columns", received=repr(weight), where=sheet.where
        )
    if weight not in sheet.names:
        raise DataError(
            "the weight is a column of the table",
            expected=f"one of {', '.join(map(repr, sheet.names[:30]))}",
            received=repr(weight),
            where=sheet.where,
            hint=did_you_mean(weight, sheet.names),
        )
    at = sheet.names.index(weight)
    place = f"{sheet.where}, column {weight!r}"
    cells = read_cells(sheet.columns[at], sheet.place, place)
    if cells.missing.any() or cells.holding in ("text", "date"):
        blank = np.flatnonzero(cells.missing)
        raise DataError(
            "every row has a weight, a number",
            received=f"none in {sheet.place(blank[0])}"
            if len(blank)
            else "dates"
            if cells.holding == "date"
            else "text",
            where=place,
        )
    names = [name for name in sheet.names if name != weight]
    columns = [column for i, column in enumerate(sheet.columns) if i != at]
    rest = replace(sheet, names=names, columns=columns)
    return rest, check_weights(cells.values, len(sheet.lines), place)
