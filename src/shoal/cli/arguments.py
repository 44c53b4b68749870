"""Texts and pictures named on the command line, and what a model says of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from shoal.cli.predictions import prediction_columns
from shoal.cli.reading import printing_remarks
from shoal.cli.terminal import Terminal, printable
from shoal.cli.winner import rows_table
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model

LETTERS = 60
"""Of a text in the table, at most."""


def print_text_predictions(
    terminal: Terminal, texts: Sequence[str], header: Sequence[str], columns: Sequence[Any]
) -> None:
    """Show each text with its prediction.

    Args:
        terminal: where to.
        texts: those that were given.
        header: headings of the predictions.
        columns: the predictions, by heading.
    """
    rows = list(zip(*columns, strict=True))
    told = [
        {"text": text, **dict(zip(header, row, strict=True))}
        for text, row in zip(texts, rows, strict=True)
    ]
    shown = [[_short(text), *row] for text, row in zip(texts, rows, strict=True)]
    terminal.result({"predictions": told}, rows_table(["text", *header], shown))


def check_reads_texts(model: Model | Ensemble) -> None:
    """Raise DataError unless a model reads texts."""
    kind = model.preprocessing.kind
    if kind != "text":
        raise DataError(
            "--message is for models that read texts",
            received=f"a model that reads {'images' if kind == 'image' else 'tables'}",
            hint="Give it DATA.",
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LETTERS else line[: LETTERS - 1] + "…"


LONGEST_NAME = 48
"""Letters of a file's name in the table, at most."""


def one_by_one(names: Sequence[str]) -> bool:
    """Whether what is named are pictures, rather than one data set."""
    from shoal.data.encode.pictures import is_picture_file

    return len(names) > 1 or is_picture_file(names[0])


def check_reads_pictures(model: Model | Ensemble, names: Sequence[str]) -> None:
    """Raise DataError unless a model reads pictures."""
    kind = model.preprocessing.kind
    if kind != "image":
        raise DataError(
            "several names, and names of pictures, are for models that read pictures",
            received=f"a model that reads {'texts' if kind == 'text' else 'tables'}",
            where=names[0],
            hint="Give it one data set.",
        )


def check_are_pictures(names: Sequence[str]) -> None:
    """Raise DataError if a file of these is neither a picture nor an archive of pictures."""
    from shoal.data.encode.pictures import is_picture_file
    from shoal.data.io.picture_tree import is_picture_archive

    for name in names:
        path = Path(name)
        if path.is_file() and not is_picture_file(name) and not is_picture_archive(path):
            raise DataError(
                "several names are those of pictures, and of folders of pictures",
                received="another file",
                where=name,
                hint="Give one data set, or pictures alone.",
            )


def read_pictures_for(
    model: Model | Ensemble, names: Sequence[str], *, skip_broken: bool
) -> Dataset:
    """The pictures of these names: files, and what is in folders and archives.

    Raises:
        DataError: what is not there, or is no picture.
    """
    from shoal.data.encode.pictures import load_picture_files

    check_are_pictures(names)
    return load_picture_files(names, model.preprocessing, skip_broken=skip_broken)


def show_pictures(
    terminal: Terminal, model: Model | Ensemble, names: Sequence[str], *, skip_broken: bool
) -> None:
    """Show each picture with its prediction."""
    with terminal.working("reading pictures"):
        dataset = read_pictures_for(model, names, skip_broken=skip_broken)
    with printing_remarks(terminal, dataset.notes), terminal.working("predicting"):
        headings, columns = prediction_columns(model, dataset)
    headings = ["file", *headings]
    rows = list(zip(dataset.example_names, *columns, strict=True))
    told = [dict(zip(headings, row, strict=True)) for row in rows]
    if headings[2:] and model.task == "classification":  # of many classes only the first is read
        best = [max(shares) for shares in zip(*columns[1:], strict=True)]
        headings = ["file", "prediction", "probability"]
        rows = list(zip(dataset.example_names, columns[0], best, strict=True))
    folder, shown = short_names([str(row[0]) for row in rows])
    below = [Text(f"in {printable(folder)}:", style="dim")] if folder else []
    rows = [(name, *row[1:]) for name, row in zip(shown, rows, strict=True)]
    terminal.result({"predictions": told}, *below, rows_table(headings, rows))


def short_names(names: Sequence[str]) -> tuple[str, list[str]]:
    """The folder that all these files are in, if it has a name, and the files in it.

    A name that is still long keeps its end, which tells files apart.
    """
    folder = ""
    if len(names) > 1:
        folders = {os.path.dirname(name) for name in names}
        shared = all(folders) and len({os.path.isabs(name) for name in folders}) == 1
        folder = os.path.commonpath(folders).rstrip("/") if shared else ""
    inside = [name[len(folder) + 1 :] if folder else name for name in names]
    longest = LONGEST_NAME
    return folder, [n if len(n) <= longest else "…" + n[1 - longest :] for n in inside]
