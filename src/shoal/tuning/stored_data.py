"""The data of a study, read again as they were read at first."""

from __future__ import annotations

from pathlib import Path

from shoal.data import Dataset, Tokenization, load
from shoal.data.io.metadata import has_columns
from shoal.errors import DataError, StudyError
from shoal.store import StudyFile
from shoal.tuning.problem import OwnPart


def reload_data(file: StudyFile, moved: str | None = None, target: str | None = None) -> Dataset:
    """The data under the name that the study knows, or where they are now.

    Args:
        file: the study's.
        moved: name or path, if it is another one now.
        target: the column to predict, if it is called otherwise now.

    Raises:
        StudyError: they are not there any more.
        DataError: what was moved cannot be read.
    """
    told = file.header.dataset
    name = moved or str(told["name"])
    named = has_columns(name)
    wanted = told.get("tokenization")
    guessed = bool(told.get("guessed"))
    sides = told.get("resizing")
    try:
        data = load(
            name,
            task=None if guessed else told.get("task"),
            drop=told.get("drop", ()) if named else (),
            categorical=told.get("categorical", ()) if named else (),
            numeric=told.get("numeric", ()) if named else (),
            dates=told.get("dates", ()) if named else (),
            header=told.get("header") if named else None,
            target=target or (told["target"] if named else None),
            groups=told.get("group") if named else None,
            text=told.get("text", False) if named else None,
            weight=told.get("weight") if named else None,
            encoding=told.get("encoding"),
            channels=told.get("channels"),
            size=None if sides is None else (sides["height"], sides["width"]),
            resize=None if sides is None else sides["way"],
            skip_broken=bool(told.get("skip_broken")),
            ignore=told.get("ignore"),
            images=told.get("images"),
            tokenization=None if wanted is None else Tokenization(**wanted),
        )
        return data.with_task(told["task"]) if guessed else data
    except DataError as error:
        if moved is not None:
            raise
        raise _not_there(file, name, error, "Give the data as well.") from error


def reload_parts(
    file: StudyFile, data: Dataset, validation: OwnPart | None, test: OwnPart | None
) -> Dataset:
    """The data with the rows of their own for validation and the test that the study had.

    Args:
        file: the study's.
        data: what it was trained on; as it is, where it has these rows already.
        validation: these rows, if they are elsewhere now; and so the next.
        test: those for the test.

    Raises:
        StudyError: they are not there any more, or the study has none.
        DataError: what was moved cannot be read.
    """
    given = {"validation": validation, "test": test}
    named: dict[str, str] = file.header.dataset.get("parts", {})
    for part, rows in given.items():
        if rows is not None and part not in named:
            raise StudyError(
                f"a search goes on with the {part} rows that it began with",
                expected="some of its data's rows",
                received="rows of their own",
                where=str(file.path),
            )
    if not named or data.part_sources:
        return data
    if data.guessed and file.header.dataset.get("guessed"):
        data = data.with_task(file.header.dataset["task"])
    own = {part: named[part] if given[part] is None else given[part] for part in named}
    try:
        return data.with_parts(**own)
    except DataError as error:
        known = {part: name for part, name in named.items() if given[part] is None}
        if not known:
            raise
        known = {part: name for part, name in known.items() if not Path(name).exists()} or known
        hint = f"Give the {' and '.join(known)} rows as well."
        raise _not_there(file, ", ".join(known.values()), error, hint) from error


def _not_there(file: StudyFile, name: str, error: DataError, hint: str) -> StudyError:
    return StudyError(
        "a search goes on with the data that it began with",
        expected=repr(name),
        received=str(error),
        where=str(file.path),
        hint=hint,
    )
