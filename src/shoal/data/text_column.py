"""Which column of a table holds texts that are to be read, and which is the target."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from shoal.data.cell_column import CellColumn
from shoal.data.sheet import Sheet
from shoal.data.texts import look_like_texts
from shoal.data.typed_cells import TypedCells
from shoal.errors import DataError

WORDS_OF_NO_NAME = 4
"""A header's cell of so many words is a text itself: the file has no header."""


@dataclass(frozen=True)
class Roles:
    """A table of texts: the column that is read, and the one that is predicted, if any."""

    text: str
    target: str | None


def with_header(sheet: Sheet) -> tuple[Sheet, list[str]]:
    """The sheet; of texts without a header, with one, and a remark on it.

    Text files often begin with their first example. That is certain enough if there
    is one column beside the texts at most, the first line holds a text of several
    words, and before it a label that occurs again below. A format that has types names its
    columns.
    """
    if any(isinstance(cells, TypedCells) for cells in sheet.columns):
        return sheet, []
    long = [len(name.split()) >= WORDS_OF_NO_NAME for name in sheet.names]
    if len(sheet.names) > 2 or sum(long) != 1:
        return sheet, []
    at = long.index(True)
    if not look_like_texts(sheet.columns[at]):
        return sheet, []
    if len(sheet.names) == 2 and sheet.names[1 - at] not in sheet.columns[1 - at]:
        return sheet, []
    names = ["text" if i == at else "label" for i in range(len(sheet.names))]
    each = zip(sheet.names, sheet.columns, strict=True)
    columns = [CellColumn.of([name, *cells]) for name, cells in each]
    first = max(sheet.lines[0] - 1, 1)
    note = f"the first line is no header: columns are called {' and '.join(map(repr, names))}"
    lines = [first, *sheet.lines]
    return replace(sheet, names=names, columns=columns, lines=lines), [note]


def find_roles(
    sheet: Sheet, *, target: str | None, text: str | bool | None, need_target: bool
) -> Roles | None:
    """The table's column of texts, named or found; None if it is an ordinary table.

    Without a name it is found where a single column stands beside the target, and
    where the target has no name either, where one of two columns is free text.

    Raises:
        DataError: the column that was named is not there, is the target, or is alone
            where a target is needed.
    """
    if isinstance(text, str):
        _check_named(sheet, text, target)
        others = [name for name in sheet.names if name != text]
        if target is None and need_target and not others:
            raise DataError(
                "a table of texts has a column to predict beside them",
                received=f"only {text!r}",
                where=sheet.where,
            )
        return Roles(text, target or (others[-1] if need_target else None))
    if text is False:
        return None
    rest = [name for name in sheet.names if name != target]
    free = [name for name in rest if look_like_texts(sheet.columns[sheet.names.index(name)])]
    if len(free) != 1:
        return None
    if len(rest) == 1 and (target is not None or not need_target):
        return Roles(free[0], target)
    if target is None and need_target and len(rest) == 2:
        return Roles(free[0], next(name for name in rest if name != free[0]))
    return None


def keep_roles(sheet: Sheet, roles: Roles) -> tuple[Sheet, list[str]]:
    """The sheet with these columns alone, and a remark on those that are left out."""
    kept = [name for name in sheet.names if name in (roles.text, roles.target)]
    left = [name for name in sheet.names if name not in kept]
    columns = [sheet.columns[sheet.names.index(name)] for name in kept]
    notes = [f"texts of {roles.text!r} are read; left out: {', '.join(map(repr, left))}"]
    return replace(sheet, names=kept, columns=columns), notes if left else []


def _check_named(sheet: Sheet, text: str, target: str | None) -> None:
    if text == target:
        raise DataError(
            "the texts and the target are two columns", received=repr(text), where=sheet.where
        )
    if text not in sheet.names:
        near = difflib.get_close_matches(text, sheet.names, 1)
        raise DataError(
            "the texts are a column of the table",
            expected=f"one of {', '.join(map(repr, sheet.names[:30]))}",
            received=repr(text),
            where=sheet.where,
            hint=f"Did you mean {near[0]!r}?" if near else "Name it: text=, or --text.",
        )
