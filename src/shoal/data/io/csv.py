"""Data sets from tables in files of any format: columns by kind, and a target among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shoal.data.columns.cell_format import PLAIN
from shoal.data.columns.cells import Cells
from shoal.data.columns.fit import column_notes
from shoal.data.columns.roles import Roles, apply_roles, find_roles, take_weights, with_header
from shoal.data.columns.table import answer_for, as_written, check_readable, read_columns
from shoal.data.columns.texts import joined_texts
from shoal.data.dataset import Dataset, Task
from shoal.data.encode.classes import label_columns, take_labels
from shoal.data.encode.targets import encode_target
from shoal.data.encode.texts import empty_text_notes
from shoal.data.encode.tokens import Tokenization, default_tokenization
from shoal.data.io.frames import as_series
from shoal.data.io.sheet import Sheet
from shoal.data.io.table import by_position, read_table_file
from shoal.data.remarks import noted
from shoal.data.splitting.equal_rows import check_groups
from shoal.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from shoal.data.io.frames import Holding
    from shoal.data.preprocessing import Preprocessing


def load_csv(
    path: Path,
    *,
    target: str | None,
    need_target: bool,
    task: Task | None = None,
    text: str | bool | None = None,
    tokenization: Tokenization | None = None,
    weight: str | None = None,
    groups: str | None = None,
    drop: tuple[str, ...] = (),
    categorical: tuple[str, ...] = (),
    numeric: tuple[str, ...] = (),
    dates: tuple[str, ...] = (),
    header: bool | None = None,
    encoding: str | None = None,
    like: Preprocessing | None = None,
    sheet: Sheet | None = None,
) -> Dataset:
    """A data set from a table in a file; the target is the last column unless named.

    A target of text or booleans is a classification; one of numbers as
    ``whole_numbers_are_classes`` has it. Columns of free text alone beside it make a data set
    of texts, in which they are joined; with other columns beside them they are columns of a
    table. Those that name rows are left out then.

    Args:
        path: the file; see `read_table_file`. In text, fields are separated by commas, in a
            ``.tsv`` by tabs, or by what makes a table of it: semicolons, tabs, bars, commas.
        target: name of the target column, or of several that hold 0 and 1, with commas
            between: labels of which any number may apply. Without one, and if ``need_target`` is
            False, all columns are inputs.
        need_target: whether the target column must be there and complete.
        task: overrides the guess.
        text: name of a column of texts, or of several with commas between; None: found by
            their look; False: there is none.
        tokenization: how texts become tokens; a data set of texts without it has the usual.
            With it, other columns than texts are left out.
        weight: name of a column that says how much each row counts; no input then.
        groups: name of the column that tells which rows belong together; it is no
            input.
        drop: names of columns that are left out.
        categorical: names of columns that hold categories, whatever they look like.
        numeric: names of columns that hold numbers; other cells are missing.
        dates: names of columns that hold dates; other cells are missing.
        header: whether the first line names the columns; None: judged by what stands there.
            Without one they are called ``x0``, ``x1``, ….
        encoding: what the file is written in; found by its bytes when None.
        like: the preprocessing of a model that is to read the table: what its columns
            hold was decided in training, and nothing is refused for what it looks like.
        sheet: what stands in the file, if it was read already.

    Raises:
        DataError: with file, line and column of what is wrong.
    """
    training = need_target and like is None
    headless = like is not None and like.unnamed is not None
    if sheet is None:
        sheet = read_table_file(path, encoding, header=header, unnamed=headless)
    sheet, questions = _without_row_labels(sheet, training=training)
    sheet, more = with_header(sheet) if header is None else (sheet, [])
    unnamed = len(sheet.names) if sheet.unnamed else None
    if like is not None:
        sheet, placed = by_position(sheet, like)
        more += placed
    sheet = _without(sheet, drop, target)
    sheet = _asked(sheet, {"text": categorical, "number": numeric, "date": dates})
    notes = [*sheet.notes, *more, *questions]
    if like is not None and text is None:
        text = like.text if like.kind == "text" else False
    answers = {target, *label_columns(sheet, target)} if target is not None else set()
    beside = sheet.keeping([i for i, name in enumerate(sheet.names) if name in answers])
    if like is not None and not need_target:
        sheet = _without_answers(sheet, target)
    counts = None
    if weight is not None:
        sheet, counts = take_weights(sheet, weight, target)
    number: npt.NDArray[np.int64] | None = None
    if groups is not None and need_target:
        sheet, number = _without_groups(sheet, groups)
    labels, y, several = label_columns(sheet, target), None, target
    if labels:
        sheet, y = take_labels(sheet, labels)
        target, need_target, task = None, False, None
    roles = find_roles(sheet, target=target, text=text, need_target=need_target, judge=training)
    if roles is not None and (tokenization is not None or not training):
        roles = replace(roles, others=())  # a network for texts is meant
    if roles is not None:
        sheet, told = apply_roles(sheet, roles)
        target = roles.target
        notes += told if training else []
    every = as_written(sheet, [name for name in sheet.names if name != target])
    alone = roles is not None and not roles.others
    if tokenization is not None and roles is None:
        raise _no_texts(sheet)
    if need_target and target is None:
        target = sheet.names[-1]
        every = every.drop(columns=target)
    if like is not None and not need_target and beside.names:
        every = pd.concat([every, as_written(beside, beside.names)], axis=1)
    table = _table(
        sheet, target, notes, need_target=need_target, training=training, task=task, roles=roles,
        like=like,
    )  # fmt: skip
    table = replace(
        table, weight=counts, weight_column=weight, dropped=drop, encoding=encoding, cells=every,
        groups=number, group=None if number is None else groups, categorical=categorical,
        numeric=numeric, dates=dates, header=header, unnamed=unnamed,
    )  # fmt: skip
    if labels:
        table = replace(table, task="multi-label", y=y, classes=labels, target=several)
    if roles is not None:
        table = replace(table, text=roles.text)
    if roles is not None and alone:
        texts = _as_objects(joined_texts([table.x[name].tolist() for name in roles.texts]))
        table = replace(
            table,
            kind="text",
            x=texts,
            tokenization=tokenization or default_tokenization(len(texts)),
            notes=table.notes + (empty_text_notes(texts, sheet.where) if training else ()),
            written={},
        )
    return noted(table) if training and table.y is not None else table


def _without(sheet: Sheet, drop: tuple[str, ...], target: str | None) -> Sheet:
    """The table without these columns.

    Raises:
        DataError: there is no such column, it is the target, or none is left.
    """
    for name in drop:
        if name not in sheet.names:
            raise _no_such_column(sheet, name, "column to leave out")
    kept = [i for i, name in enumerate(sheet.names) if name not in drop]
    if target in drop or not kept:
        raise DataError(
            "the target and at least one column are not left out",
            received=", ".join(map(repr, drop)),
            where=sheet.where,
        )
    return sheet.keeping(kept)


def _asked(sheet: Sheet, named: Mapping[Holding, Sequence[str]]) -> Sheet:
    """The table with what these columns are to hold.

    Raises:
        DataError: there is no such column, or it is to hold two things.
    """
    words: dict[Holding, str] = {"text": "categories", "number": "numbers", "date": "dates"}
    asked: dict[str, Holding] = {}
    for holding, names in named.items():
        for name in names:
            if name not in sheet.names:
                raise _no_such_column(sheet, name, f"column of {words[holding]}")
            if asked.setdefault(name, holding) != holding:
                raise DataError(
                    "a column is said to hold one thing",
                    received=f"{words[asked[name]]} and {words[holding]}",
                    where=f"{sheet.where}, column {name!r}",
                )
    return replace(sheet, asked=asked) if asked else sheet


def _without_answers(sheet: Sheet, target: str | None) -> Sheet:
    """The table without the targets: to predict, nobody needs what they hold."""
    answers = {target, *label_columns(sheet, target)}
    kept = [i for i, name in enumerate(sheet.names) if name not in answers]
    return sheet.keeping(kept) if kept else sheet


def _without_groups(sheet: Sheet, groups: str) -> tuple[Sheet, npt.NDArray[np.int64]]:
    """The table without the column of groups, and its rows' groups."""
    if groups not in sheet.names:
        raise _no_such_column(sheet, groups, "column of groups")
    rest = sheet.keeping([i for i, name in enumerate(sheet.names) if name != groups])
    cells = [cell or None for cell in sheet.column(groups)]
    return rest, check_groups(cells, len(cells), f"{sheet.where}, column {groups!r}")


def _table(
    sheet: Sheet,
    target: str | None,
    notes: list[str],
    *,
    need_target: bool,
    training: bool,
    task: Task | None,
    roles: Roles | None,
    like: Preprocessing | None,
) -> Dataset:
    """The sheet as a table; a column of texts is taken as it is."""
    if target is not None and target not in sheet.names and need_target:
        raise _no_such_column(sheet, target)
    cells = read_columns(sheet, () if roles is None else roles.texts, strict=training)
    answer = cells.pop(target) if target in cells and target is not None else None
    if answer is not None and answer.holding == "date" and not need_target:
        answer = None
    if answer is not None and like is not None:
        answer = answer_for(like, sheet, str(target), answer)
    if not cells:
        raise DataError(
            "a table has columns besides the target",
            received=f"only {target!r}",
            where=sheet.where,
            hint="Fields are separated by commas, semicolons, tabs or bars."
            if len(str(target).split()) > 1
            else None,
        )
    series = {name: as_series(c.holding, c.values) for name, c in cells.items()}
    frame = pd.DataFrame(series, copy=False)
    if training:
        told = answer is not None and answer.finding != "fixed"
        notes += column_notes({**cells, str(target): answer} if answer and told else cells)
    if answer is not None and (need_target or not answer.missing.any()):
        table = _with_target(sheet, frame, answer, str(target), task, notes, judge=training)
    else:
        task = task or "classification"  # of no consequence without targets
        table = Dataset(sheet.where, "table", task, frame, None, target=target, notes=tuple(notes))
    written = {name: c.written for name, c in cells.items() if c.written != PLAIN}
    if answer is not None and answer.written != PLAIN:
        written[str(target)] = answer.written
    return replace(table, written=written)


def _with_target(
    sheet: Sheet,
    frame: pd.DataFrame,
    answer: Cells,
    target: str,
    task: Task | None,
    notes: list[str],
    *,
    judge: bool,
) -> Dataset:
    place = f"{sheet.where}, column {target!r}"
    if answer.missing.any():
        lines = [sheet.lines[i] for i in np.flatnonzero(answer.missing).tolist()]
        shown = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
        raise DataError(
            "every row needs a target",
            received=f"{len(lines)} blank, in {sheet.counted} {shown}",
            where=place,
            hint="Remove these rows or fill the target in.",
        )
    check_readable(answer, place)
    values = answer.values == 1 if answer.holding == "boolean" else answer.values
    written = sheet.column(target)
    found = encode_target(
        values, rows=len(frame), task=task, classes=None, where=place, target=target,
        written=written,
    )  # fmt: skip
    if judge:
        notes += [found.note] if found.note else []
    return Dataset(
        sheet.where, "table", found.task, frame, found.y, found.classes, target,
        label_type=found.label_type, guessed=found.guessed, notes=tuple(notes),
    )  # fmt: skip


def _without_row_labels(sheet: Sheet, *, training: bool) -> tuple[Sheet, list[str]]:
    """Drop a nameless first column that labels the rows, which pandas writes unasked."""
    if sheet.names[0]:
        return sheet, []
    if training and len(set(sheet.columns[0])) < len(sheet.lines):
        raise DataError(
            "every column has a name in the header",
            received="no name for column 1",
            where=sheet.where,
        )
    if len(sheet.names) == 1:
        raise DataError("every column has a name in the header", where=sheet.where)
    kept = sheet.keeping(range(1, len(sheet.names)))
    return kept, ["the nameless first column labels the rows and was left out"]


def _as_objects(texts: Sequence[str]) -> npt.NDArray[np.object_]:
    made = np.empty(len(texts), object)
    made[:] = texts
    return made


def _no_texts(sheet: Sheet) -> DataError:
    return DataError(
        "only texts become tokens",
        received="a table without a column of free text",
        where=sheet.where,
        hint="Name the column of texts: text=, on the command line --text.",
    )


def _no_such_column(sheet: Sheet, target: str, what: str = "target") -> DataError:
    shown = ", ".join(map(repr, sheet.names[:30])) + (", …" if len(sheet.names) > 30 else "")
    return DataError(
        f"the {what} is a column of the table",
        expected=f"one of {shown}",
        received=repr(target),
        where=sheet.where,
        hint=did_you_mean(target, sheet.names),
    )
