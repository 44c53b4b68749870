"""`shoal search`: a family of networks, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from shoal.cli import options
from shoal.cli.display import watching
from shoal.cli.failures import INTERRUPTED
from shoal.cli.places import (
    MODEL_SUFFIX,
    STUDY_SUFFIX,
    check_different,
    check_free,
    check_writable,
    free_names,
    has_trials,
    study_place,
)
from shoal.cli.plan import Plan, make_plan, read_network_option
from shoal.cli.reading import read_data
from shoal.cli.result import cost_line, file_lines
from shoal.cli.teaching import command_help
from shoal.cli.terminal import Terminal, printable
from shoal.cli.winner import best_as_data, winner_tables
from shoal.cli.words import states_text
from shoal.errors import DataError, ModelError, StudyError

if TYPE_CHECKING:
    from shoal.study import Study

HELP = command_help(
    "Search a family of networks: many train side by side, the best is kept.",
    "The three best are trained again on fresh seeds; the one that does best there wins, and "
    "is scored once on the test split, which nothing has seen before.",
    examples=(
        "shoal search digits",
        "shoal search mnist-5k --trials 64 --report report.html",
        "shoal search house-prices.csv --target price --objective mae",
        "shoal search digits --network examples/digits-family.toml --seed 1",
    ),
    network=True,
)

Trials = Annotated[int, typer.Option(min=1, metavar="N", help="Networks to try.")]
Lanes = Annotated[
    str, typer.Option(metavar="auto|N", help="Networks that train side by side.", parser=str)
]
StudyOut = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Where to write the study; by default a new file here, such as digits-1.study.",
        show_default=False,
    ),
]
ReportOut = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the report as well (HTML).", show_default=False),
]


@dataclass(frozen=True)
class Files:
    """Where a search writes."""

    study: Path
    model: Path
    report: Path | None


def search(
    data: options.Data,
    trials: Trials = 32,
    network: options.NetworkFile = None,
    target: options.Target = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    patience: options.Patience = None,
    objective: options.ObjectiveName = None,
    lanes: Lanes = "auto",
    seed: options.Seed = 0,
    study: StudyOut = None,
    out: options.ModelOut = None,
    report: ReportOut = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Search a family of networks."""
    terminal = Terminal(as_json, quiet)
    side_by_side = _lanes(lanes)
    files = _files(data, study, out, report, force=force)
    check_different(
        {"DATA": Path(data), "--network": network, "--study": files.study, "--out": files.model,
         "--report": report}
    )  # fmt: skip
    file = read_network_option(network)
    plan = make_plan(
        read_data(terminal, data, target), file,
        ranges=True, epochs=epochs, batch_size=batch_size, patience=patience,
    )  # fmt: skip
    settings: dict[str, Any] = {
        "trials": trials, "lanes": side_by_side, "seed": seed, "objective": objective,
    }  # fmt: skip
    with study_place(files.study, force=force):
        found = _run(terminal, plan, files.study, settings)
    _finish(terminal, found, files)


def _lanes(text: str) -> int | str:
    if text == "auto" or (text.isdecimal() and int(text) >= 1):
        return text if text == "auto" else int(text)
    raise typer.BadParameter(
        f"{text!r} is neither auto nor a number of networks", param_hint="--lanes"
    )


def _files(
    data: str, study: Path | None, out: Path | None, report: Path | None, *, force: bool
) -> Files:
    """Where to write, all checked before anything is read.

    Raises:
        ShoalError: a file that is there already, or a folder that is not.
    """
    free_study, free_model = free_names(data, STUDY_SUFFIX, MODEL_SUFFIX)
    files = Files(study or free_study, out or free_model, report)
    check_free(files.study, "--study", StudyError, force=force)
    check_free(files.model, "--out", ModelError, force=force)
    if report is not None:
        check_writable(report, "--report", DataError)
    return files


def _run(terminal: Terminal, plan: Plan, path: Path, settings: Mapping[str, Any]) -> Study:
    """Search, shown while it runs; if it breaks off, say where its trials are."""
    from shoal.wiring import search as search_family

    try:
        with watching(terminal, f"shoal search {plan.data.name}", None) as watch:
            return search_family(
                plan.network, plan.recipe, plan.data, study=path, watch=watch, **settings
            )
    except BaseException:
        if has_trials(path):
            terminal.warn(f"The trials so far are in {path}")
        raise


def _finish(terminal: Terminal, study: Study, files: Files) -> None:
    """Save the winner's model, tell what was found, and end."""
    winner = study.file.result("winner")
    model = report = None
    if winner is not None:
        study.best_model.save(files.model)
        model = files.model
        if files.report is not None:
            study.report(files.report)
            report = files.report
    interrupted = bool(study.cost.get("interrupted"))
    if interrupted:
        terminal.warn(f"Interrupted: {states_text(study.counts())}.")
    found = Files(study.path, files.model, report)
    terminal.result(
        _as_data(study, winner, model, report, interrupted=interrupted),
        *_as_shown(study, winner, model, found),
    )
    study.close()
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _as_data(
    study: Study,
    winner: dict[str, Any] | None,
    model: Path | None,
    report: Path | None,
    *,
    interrupted: bool,
) -> dict[str, Any]:
    """The result for ``--json``."""
    counts, cost = study.counts(), study.cost
    open_states = ("waiting", "running") if interrupted else ()
    states = ("completed", "stopped", "diverged", "failed", *open_states)
    told = {
        "trials": {state: counts[state] for state in states},
        "lanes": cost["lanes"],
        "compilations": cost["compilations"],
        "seconds": cost["seconds"],
        "occupancy": cost["occupancy"],
        "best": None if winner is None else best_as_data(winner),
        "model": None if model is None else str(model),
        "study": str(study.path),
    }
    if report is not None:
        told["report"] = str(report)
    if interrupted:
        told["interrupted"] = True
    return told


def _as_shown(
    study: Study, winner: dict[str, Any] | None, model: Path | None, files: Files
) -> list[RenderableType]:
    """The result for a reader."""
    cost = study.cost
    shown: list[RenderableType] = []
    if winner is not None:
        shown += ["", *winner_tables(winner), ""]
    told = [f"{cost['lanes']} lanes, {cost['occupancy']:.0%} useful",
            f"{cost['compilations']} compilations"]  # fmt: skip
    shown += [
        Text(f"{states_text(study.counts())} of {study.header.trials} trials"),
        cost_line(cost["seconds"], told),
        *file_lines({"model": model, "study": files.study, "report": files.report}),
    ]
    if files.report is None and winner is not None:
        path = printable(str(files.study))
        shown.append(Text(f"To look at it all: shoal report {path} --out report.html", style="dim"))
    return shown
