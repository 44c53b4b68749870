"""The data of a study, read again as they were read at first."""

from __future__ import annotations

from shoal.data import Dataset, Tokenization, load
from shoal.data.table_files import is_table
from shoal.errors import DataError, StudyError
from shoal.store import StudyFile


def data_again(file: StudyFile, moved: str | None = None, target: str | None = None) -> Dataset:
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
    named = is_table(name)
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
            tokenization=None if wanted is None else Tokenization(**wanted),
        )
        return data.with_task(told["task"]) if guessed else data
    except DataError as error:
        if moved is not None:
            raise
        raise StudyError(
            "a search goes on with the data that it began with",
            expected=repr(name),
            received=str(error),
            where=str(file.path),
            hint="Give the data as well.",
        ) from error
