"""Reading what a command is given: data, models, studies; each told from the others."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from shoal.cli.terminal import Terminal
from shoal.errors import DataError, ModelError, ShoalError, ShoalWarning, StudyError

if TYPE_CHECKING:
    from shoal.data import Dataset, Task, Tokenization
    from shoal.data.columns.number_scaling import Scaling
    from shoal.data.encode.resizing import Way
    from shoal.data.io.instances import MaskNumbers
    from shoal.data.io.named_arrays import Channels
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model
    from shoal.study import Study

FileKind = Literal["study", "model", "other"]

_SQLITE = b"SQLite format 3\0"


def read_data(
    terminal: Terminal,
    source: str,
    target: str | None,
    text: str | None = None,
    tokenization: Tokenization | None = None,
    weight: str | None = None,
    groups: str | None = None,
    *,
    encoding: str | None = None,
    channels: str | None = None,
    task: str | None = None,
    drop: Sequence[str] | None = None,
    categorical: Sequence[str] | None = None,
    numeric: Sequence[str] | None = None,
    dates: Sequence[str] | None = None,
    header: bool | None = None,
    positive: str | None = None,
    scaling: str | None = None,
    size: str | None = None,
    resize: str | None = None,
    skip_broken: bool = False,
    ignore: Sequence[str] | None = None,
    images: Path | None = None,
    masks: str | None = None,
) -> Dataset:
    """The data to train on, with remarks on what was found.

    Raises:
        DataError: no such data, or data that cannot be used.
    """
    from shoal.data import load

    with terminal.working(f"reading {source}") if source != "mnist" else nullcontext():
        data = load(
            source, target=target, groups=groups, text=text, tokenization=tokenization,
            weight=weight, task=_as_task(task), drop=drop or (), positive=positive,
            categorical=categorical or (), numeric=numeric or (), dates=dates or (), header=header,
            encoding=encoding, channels=_as_channels(channels), scaling=_as_scaling(scaling),
            size=size, resize=_as_way(resize), skip_broken=skip_broken,
            ignore=ignore, images=images, masks=_as_numbers(masks),
            progress=not terminal.quiet and source == "mnist",
        )  # fmt: skip
    terminal.remark(data.describe())
    if target is None and data.target is not None:
        terminal.remark(f"note: without --target the target is the column {data.target!r}")
    print_notes(terminal, data.notes)
    return data


def print_notes(terminal: Terminal, notes: Sequence[str]) -> None:
    """Remarks on what was found in data."""
    for note in notes:
        terminal.remark(f"note: {note}")


def _as_scaling(name: str | None) -> Scaling | None:
    return None if name is None else cast("Scaling", str(name))


def _as_way(name: str | None) -> Way | None:
    return None if name is None else cast("Way", str(name))


def _as_numbers(name: str | None) -> MaskNumbers | None:
    return None if name is None else cast("MaskNumbers", str(name))


def _as_channels(name: str | None) -> Channels | None:
    return None if name is None else cast("Channels", str(name))


def _as_task(name: str | None) -> Task | None:
    """The task of this name, which the command line has checked."""
    return None if name is None else cast("Task", str(name))


def read_data_for(
    model: Model | Ensemble,
    source: str,
    target: str | None,
    *,
    answers: bool,
    text: str | None = None,
    weight: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    skip_broken: bool = False,
    images: Path | None = None,
) -> Dataset:
    """Data for a model that is trained already; it knows its target's name and its task.

    Args:
        model: the model.
        source: name or path of the data.
        target: the column with the answers, where it is called otherwise.
        answers: whether the answers are needed.
        text: the column of texts, where it is called otherwise.
        weight: the column that says how much each row counts.
        encoding: what the file is written in, if that is known.
        header: whether its first line names the columns, if that is known.
        skip_broken: whether pictures that cannot be read are left out.
        images: where the pictures are that a table names.

    Raises:
        DataError: no such data, or data that do not fit the model.
    """
    from shoal.data import load
    from shoal.data.io.folder_entries import folders_listed_once
    from shoal.data.io.metadata import has_columns

    with folders_listed_once():
        from_table = has_columns(source)
        column = target or (model.preprocessing.target if from_table else None)
        reads: str | bool | None = text
        if from_table and text is None:
            reads = model.preprocessing.text if model.preprocessing.kind == "text" else False
        data = load(
            source,
            target=column,
            need_target=answers,
            task=model.preprocessing.task if answers else None,
            text=reads,
            weight=weight,
            encoding=encoding,
            header=header,
            skip_broken=skip_broken,
            images=images,
            like=model.preprocessing,
            progress=source == "mnist",
        )
    if data.kind != model.preprocessing.kind:
        told = {"image": "images", "table": "a table", "text": "texts"}
        raise DataError(
            "the data are of the kind that the model was trained on",
            expected=told[model.preprocessing.kind],
            received=told[data.kind],
            where=source,
        )
    return data


@contextmanager
def printing_remarks(terminal: Terminal, notes: Sequence[str] = ()) -> Iterator[None]:
    """Tell remarks on the data, and what a model has to remark on them while this lasts."""
    print_notes(terminal, notes)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ShoalWarning)
        yield
    told: set[str] = set()
    for warning in caught:
        text = str(warning.message)
        if not issubclass(warning.category, ShoalWarning):
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
        elif text not in told:
            told.add(text)
            terminal.remark(f"note: {text}")


def open_study(path: Path) -> Study:
    """A study, for reading.

    Raises:
        StudyError: no such file, or something else.
    """
    from shoal.study import Study

    _expect(path, "study", StudyError)
    return Study.open(path)


def expect_study(path: Path) -> None:
    """Raise StudyError if a file is something else than a study."""
    _expect(path, "study", StudyError)


def open_model(path: Path, *, single: bool = False) -> Model | Ensemble:
    """A model, or an ensemble of several; of a study what it hands over.

    Args:
        path: of a model's file or a study's.
        single: whether a study is to hand over its winner alone.

    Raises:
        ModelError: no such file, or something else.
    """
    from shoal.models.ensemble import load_model

    if kind_of(path) == "study":
        study = open_study(path)
        try:
            return study.model(single=single)
        finally:
            study.close()
    if single:
        raise ModelError(
            "a study's winner can be had alone", received="a model's file", where=str(path),
            hint="Give the study, or leave --single out.",
        )  # fmt: skip
    return load_model(path)


def kind_of(path: Path) -> FileKind:
    """What a file is, by its first bytes."""
    try:
        with open(path, "rb") as file:
            start = file.read(16)
    except OSError:
        return "other"
    if start == _SQLITE:
        return "study"
    return "model" if len(start) == 16 and start[8:9] == b"{" else "other"


def _expect(path: Path, kind: FileKind, error: type[ShoalError]) -> None:
    found = kind_of(path)
    if "other" not in (found, kind) and found != kind:
        raise error(
            f"a {kind} is expected here",
            received=f"a {found}",
            where=str(path),
            hint=f"See what it holds with: shoal show {path}",
        )
