"""What a search has come to: printed, saved, and how to go on."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from shoal.cli.files import has_trials
from shoal.cli.terminal import INTERRUPTED, Terminal, printable
from shoal.cli.winner import (
    WIDTH,
    best_as_data,
    ensembles_as_data,
    ensembles_table,
    interval_lines,
    optimism_line,
    test_uses_line,
    winner_tables,
)
from shoal.utils.default_values import CONFIRM_SEEDS, seeds_within
from shoal.utils.text import duration_text, of_trials_text, plural, states_text

if TYPE_CHECKING:
    from shoal.study import Study
    from shoal.tuning import Progress, Watch


def cost_line(seconds: Mapping[str, Any], told: Sequence[str] = ()) -> Text:
    """Seconds by what they were spent on, and other costs."""
    total, training, compiling = (seconds[name] for name in ("total", "train", "compile"))
    spent = f"{duration_text(total)} ({duration_text(training)} training, "
    spent += f"{duration_text(compiling)} compiling)"
    return Text("; ".join([spent, *told]))


def beginning_of(study: Study) -> tuple[list[dict[str, Any]], list[Text]]:
    """The first points, as data, and lines of what they were worth and why the winner won."""
    from shoal.report.facts import origins, read_facts, sentences
    from shoal.report.sentences import chosen_sentence

    facts = read_facts(study.file)
    found = origins(facts)
    told = [*sentences(facts, found), chosen_sentence(facts)]
    lines = [
        Text(part)
        for line in told
        for part in wrap(printable(line), WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
    return [point.to_json() for point in found], lines


def next_steps(model: Path | None, study: Path | None, task: str) -> list[Text]:
    """Commands to copy: what is done next with a model, and with a study without a report."""
    told = {}
    if model is not None:
        out = "masks" if task == "segmentation" else "predictions.csv"
        told["To predict"] = f"shoal predict {quoted(model)} NEW-DATA --out {out}"
    if study is not None:
        told["To look at it all"] = f"shoal report {quoted(study)} --out report.html"
    return [Text(f"{what}: {printable(command)}", style="dim") for what, command in told.items()]


def quoted(path: Path) -> str:
    """A path as a shell takes it."""
    return shlex.quote(str(path))


def file_lines(files: Mapping[str, Path | None]) -> list[Text]:
    """One line a file, the path unbroken so that it can be copied."""
    present = {what: path for what, path in files.items() if path is not None}
    width = max(map(len, present), default=0)
    return [Text(f"{what:<{width}}  {printable(str(path))}") for what, path in present.items()]


@dataclass(frozen=True)
class Files:
    """Where a search writes."""

    study: Path
    model: Path
    report: Path | None


@contextmanager
def explaining_resume(terminal: Terminal, path: Path) -> Iterator[Callable[[Watch], Watch]]:
    """If a search breaks off, say where its trials are and how it goes on.

    Nothing is said of one that was refused before it began: of another search's trials, or
    where the error is the whole story. It has begun once progress beyond the preparing is told:
    what is handed out watches for that, and passes everything on.
    """
    begun = False

    def noting(watch: Watch) -> Watch:
        def note(progress: Progress) -> None:
            nonlocal begun
            begun = begun or progress.phase != "preparing"
            watch(progress)

        return note

    try:
        yield noting
    except BaseException:
        if begun and has_trials(path):
            terminal.warn(f"The trials so far are in {path}; {_to_go_on(path)}")
        raise


def _to_go_on(path: Path) -> str:
    return f"to go on: shoal resume {quoted(path)}"


def finish(terminal: Terminal, study: Study, files: Files, *, single: bool = False) -> None:
    """Save the model, the winner alone if it is to be ``single``; tell what was found, and end."""
    winner = study.file.result("winner")
    model = report = None
    if winner is not None:
        study.model(single=single).save(files.model)
        model = files.model
        if files.report is not None:
            with terminal.working("writing the report"):
                study.report(files.report)
            report = files.report
    interrupted = bool(study.cost.get("interrupted"))
    if interrupted:
        told = states_text(study.counts())
        terminal.warn(f"Interrupted: {told}; {_to_go_on(study.path)}")
    elif study.cost.get("time_up"):
        terminal.remark("The time was up: what ran then ended with its best epoch so far.")
    elif (limit := study.header.plan.get("time_limit")) is not None and _fewer(study):
        terminal.remark(f"No more trials could end within {duration_text(limit)}.")
    elif (tried := len(study.trials)) < study.header.trials:
        terminal.warn(_no_more(study, tried))
    found = Files(study.path, files.model, report)
    first, began = beginning_of(study)
    terminal.result(
        {"first": first, **_as_data(study, winner, model, report, interrupted=interrupted)},
        *_as_shown(study, winner, model, found, began, single=single),
    )
    study.close()
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _fewer(study: Study) -> bool:
    """Whether there are fewer trials than were asked for, and points for more."""
    return bool(study.header.space["hyperparameters"]) and len(study.trials) < study.header.trials


def _no_more(study: Study, tried: int) -> str:
    """Why there are fewer trials than were asked for."""
    if tried == 1 and not study.header.space["hyperparameters"]:
        return "The network has no ranges, and was trained once."
    return f"There are no more points than the {tried} that were tried."


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
        "ensembles": ensembles_as_data(study),
        "product": study.product,
        "test_scored": study.test_scored,
        "model": None if model is None else str(model),
        "study": str(study.path),
    }
    if report is not None:
        told["report"] = str(report)
    if interrupted:
        told["interrupted"] = True
    return told


def _confirmation(study: Study) -> list[RenderableType]:
    """How much training on fresh seeds was left out, where it is what nobody asked to change."""
    plan, trials = study.header.plan, study.header.trials
    seeds = plan.get("confirm_seeds", 0)
    others = plan.get("together") or plan.get("folds") or plan.get("ensemble", {}).get("folds")
    if others or len(study.trials) < 2 or seeds != seeds_within(trials) or seeds == CONFIRM_SEEDS:
        return []
    what = f"on {plural(seeds, 'fresh seed')} each" if seeds else "on no fresh seeds"
    text = (
        f"The best were trained again {what}: more would take over a third of the search's "
        f"trainings (--confirm {CONFIRM_SEEDS} asks for it)."
    )
    return [Text(line, style="dim") for line in wrap(text, WIDTH)]


def _as_shown(
    study: Study,
    winner: dict[str, Any] | None,
    model: Path | None,
    files: Files,
    began: Sequence[RenderableType],
    *,
    single: bool,
) -> list[RenderableType]:
    """The result for a reader."""
    cost = study.cost
    shown: list[RenderableType] = []
    if winner is not None:
        shown += [
            "",
            *winner_tables(winner),
            *ensembles_table(study, winner),
            *interval_lines(study, winner),
            *optimism_line(study, winner),
            *test_uses_line(study),
            "",
        ]
    lanes = f"{cost['lanes']} lanes, {cost['occupancy']:.0%} useful"
    if cost["lanes"] == 1 and study.header.trials != 1:
        lanes = "one lane: the trials were trained one after another"
    told = [lanes, f"{cost['compilations']} compilations"]
    saved = "model" if single or study.product == "single" else "ensemble"
    shown += [
        Text(f"{states_text(study.counts())}{of_trials_text(study.header.trials)}"),
        *began,
        cost_line(cost["seconds"], told),
        *file_lines({saved: model, "study": files.study, "report": files.report}),
    ]
    shown += _confirmation(study)
    path = printable(quoted(files.study))
    if study.ensembles and study.product == "single":
        shown.append(Text(f"To use the ensemble: shoal ensemble {path} --out FILE", style="dim"))
    unseen = files.study if files.report is None and winner is not None else None
    shown += next_steps(model, unseen, str(study.header.dataset.get("task")))
    return shown
