"""The live panel of a run, drawn for 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from shoal.cli.words import duration, number

if TYPE_CHECKING:
    from shoal.wiring import Progress

BAR = 30
WIDTH = 78

PHASES = {
    "preparing": "reading and splitting the data",
    "compiling": "compiling the program",
    "training": "training",
    "confirming": "confirming the best on fresh seeds",
    "refitting": "training the winner on the rows of all folds",
    "stopping": "ending the round (Ctrl-C again ends at once)",
    "scoring": "scoring the winner on the test split",
    "done": "done",
}


def run_panel(
    title: str, progress: Progress, epochs: int | None, elapsed: float, since: float
) -> RenderableType:
    """The panel of a run.

    Args:
        title: what runs.
        progress: what was told last.
        epochs: for a single network, its epochs at most; None for a search.
        elapsed: seconds since the start.
        since: seconds since the progress was told.
    """
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True, min_width=9)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_row("now", Text(PHASES[progress.phase], style="bold"))
    if epochs is None:
        _search_rows(grid, progress)
    else:
        _train_rows(grid, progress, epochs)
    grid.add_row("time", _clock(progress, elapsed, since))
    hint = Text("Ctrl-C ends it in order and keeps what is there", style="dim")
    return Group(
        Panel(
            grid,
            title=Text(title, style="bold"),
            subtitle=hint,
            title_align="left",
            subtitle_align="right",
            border_style="cyan",
            width=WIDTH,
        )
    )


def _search_rows(grid: Table, progress: Progress) -> None:
    states = progress.states
    completed, stopped = states.get("completed", 0), states.get("stopped", 0)
    diverged, failed = states.get("diverged", 0), states.get("failed", 0)
    done = completed + stopped + diverged + failed
    grid.add_row("trials", _bar(done, progress.asked, f"{done}/{progress.asked}", "cyan"))
    told = Text(f"{states.get('running', 0)} running")
    told.append(f"   {completed} completed   {stopped} stopped early   ")
    told.append(f"{diverged} diverged", style="yellow" if diverged else "")
    if failed:
        told.append(f"   {failed} failed", style="red")
    grid.add_row("", told)
    best = Text("–", style="dim")
    if progress.best is not None:
        best = Text(
            f"{called(progress.metric, progress)} {number(progress.best)}",
            style="bold green",
        )
        best.append(f"   trial {progress.best_trial}", style="not bold default")
    grid.add_row("best", best)
    useful = f"{progress.busy}/{progress.lanes} busy, {progress.occupancy:.0%} useful"
    grid.add_row("lanes", _bar(progress.busy, progress.lanes, useful, "green"))


def _train_rows(grid: Table, progress: Progress, epochs: int) -> None:
    epoch = dict(progress.epoch)
    at = int(epoch.pop("epoch", 0))
    grid.add_row("epoch", _bar(at, epochs, f"{at}/{epochs}", "cyan"))
    losses = [("training", epoch.pop("train_loss", None)), ("validation", epoch.pop("loss", None))]
    told = [f"{name} {number(value)}" for name, value in losses if value is not None]
    grid.add_row("loss", Text("   ".join(told) or "–"))
    for name, value in epoch.items():
        grid.add_row(called(name, progress), Text(number(value), style="bold green"))


def _bar(value: float, total: float, text: str, color: str) -> Table:
    row = Table.grid(padding=(0, 2))
    row.add_row(
        ProgressBar(
            total=max(total, 1),
            completed=value,
            width=BAR,
            complete_style=color,
            finished_style=color,
        ),
        Text(text),
    )
    return row


def _clock(progress: Progress, elapsed: float, since: float) -> Text:
    told = Text(duration(elapsed))
    if progress.remaining is not None and progress.phase in ("training", "confirming"):
        left = max(progress.remaining - since, 0.0)
        told.append(f"   about {duration(left)} left")
    if progress.epochs and progress.elapsed > 0:
        told.append(f"   {progress.epochs / progress.elapsed:.1f} epochs/s", style="dim")
    return told


def called(metric: str, progress: Progress) -> str:
    """What a metric is called, with the class that it is of."""
    from shoal.report.wording import metric_name

    return metric_name(metric, progress.positive)
