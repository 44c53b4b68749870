"""`shoal resume`: a search that was broken off, or that is to have more trials, goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shoal.cli import options
from shoal.cli.commands.search import Single
from shoal.cli.data_options import Time
from shoal.cli.files import MODEL_SUFFIX, Claims, check_different, check_free
from shoal.cli.finish import Files, explaining_resume, finish
from shoal.cli.reading import expect_study
from shoal.cli.terminal import Terminal, command_help, watching
from shoal.errors import DataError, ModelError

if TYPE_CHECKING:
    from shoal.data import Dataset

HELP = command_help(
    "Go on with a search that was broken off, or give a finished one more trials.",
    "The study knows its data by name, its networks, its seed and its sampler; it ends as if it "
    "had never been broken off.",
    examples=(
        "shoal resume digits-1.study",
        "shoal resume digits-1.study --trials 200",
        "shoal resume digits-1.study --time 10m",
        "shoal resume prices-1.study moved/prices.csv",
    ),
)

Moved = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]", help="The data, if they are elsewhere now.", show_default=False
    ),
]
More = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Networks to try in all; by default as many as were asked for.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Where to save the model; by default beside the study, replacing the last one.",
        show_default=False,
    ),
]
ReportOut = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the report as well (HTML).", show_default=False),
]


def resume(
    study: options.StudyPath,
    data: Moved = None,
    trials: More = None,
    time: Time = None,
    target: options.Target = None,
    validation: options.ValidationMoved = None,
    test: options.TestMoved = None,
    out: Out = None,
    report: ReportOut = None,
    single: Single = False,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Go on with a search."""
    from shoal.tuning.resume import resume as go_on

    terminal = Terminal(as_json, quiet)
    expect_study(study)
    files = Files(study, out or study.with_suffix(MODEL_SUFFIX), report)
    moved = None if data is None else Path(data)
    named = {"STUDY": study, "DATA": moved, "--validation": validation, "--test": test}
    check_different({**named, "--out": files.model, "--report": report})
    if report is not None:
        check_free(report, "--report", DataError, force=force)
    with Claims() as claims:
        claims.take(files.model, "--out", ModelError, force=force or out is None)
        read = None if data is None else _moved(study, data, target)
        with (
            explaining_resume(terminal, study) as noting,
            watching(terminal, f"shoal resume {study.name}") as watch,
        ):
            found = go_on(
                study, read, validation=validation, test=test, trials=trials, time_limit=time,
                callbacks=noting(watch),
            )  # fmt: skip
        finish(terminal, found, files, single=single)


def _moved(study: Path, data: str, target: str | None) -> Dataset:
    """The study's data, read from where they are now."""
    from shoal.store import StudyFile
    from shoal.tuning.stored_data import reload_data

    with StudyFile.open(study) as file:
        return reload_data(file, data, target)
