"""The live panel of a run, laid out for the width there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from shoal.display.progress import WITH_TIME_LEFT, Progress, losses_and_metrics, progress_line
from shoal.utils.text import clock_text, grouped, number_text

WIDEST = 100
"""Columns of the panel, at most."""

NARROWEST = 32
"""Columns below which there is no panel, but a line that is wrapped."""

LABELS = 7
"""Columns of the words on the left, with the space after them."""

LONGEST_BAR, SHORTEST_BAR = 40, 6

GAP = "   "

PHASES = {
    "preparing": "splitting and scaling the data",
    "compiling": "compiling the program",
    "training": "training",
    "confirming": "confirming the best on fresh seeds",
    "folding": "training the best on folds, for the ensemble",
    "refitting": "training the winner on the rows of all folds",
    "stopping": "ending the round (Ctrl-C again ends at once)",
    "scoring": "scoring the winner on the test split",
    "averaging": "scoring the best together, as ensembles",
    "done": "done",
}

OF_ONE = {
    "scoring": "scoring the network on the test split",
    "averaging": "adding up what it cost",
}
"""What phases are called where a single network is trained."""

HINTS = ("Ctrl-C ends it in order and keeps what is there", "Ctrl-C ends it in order")
"""What an interrupt does: the longer one where there is room."""


class RunPanel:
    """The panel of a run.

    Args:
        title: what runs.
        progress: what was told last.
        elapsed: seconds since the start.
        since: seconds since the progress was told.
    """

    def __init__(self, title: str, progress: Progress, elapsed: float, since: float) -> None:
        self.title, self.progress = title, progress
        self.elapsed, self.since = elapsed, since

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        width = min(options.max_width, WIDEST)
        if width < NARROWEST:
            yield Text(f"{self.title}: {progress_line(self.progress)}")
            return
        inside = width - 4  # the border and a space on each side
        hint = next((Text(h, style="dim") for h in HINTS if cell_len(h) <= inside), None)
        title = Text(self.title, style="bold", overflow="ellipsis", no_wrap=True)
        title.truncate(inside, overflow="ellipsis")
        yield Panel(
            Group(*self._rows(inside - LABELS)),
            title=title,
            subtitle=hint,
            title_align="left",
            subtitle_align="right",
            border_style="cyan",
            width=width,
        )

    def _rows(self, room: int) -> list[RenderableType]:
        progress = self.progress
        rows: list[tuple[str, RenderableType]] = [
            ("now", _flow([Text(self._phase(), style="bold")], room))
        ]
        rows += _one(progress, room) if progress.asked == 1 else _several(progress, room)
        rows.append(("time", _flow(self._clock(), room)))
        return [_row(name, told) for name, told in rows]

    def _phase(self) -> str:
        phase = self.progress.phase
        return OF_ONE.get(phase, PHASES[phase]) if self.progress.asked == 1 else PHASES[phase]

    def _clock(self) -> list[Text]:
        progress = self.progress
        limit = "" if progress.time_limit is None else f" of {clock_text(progress.time_limit)}"
        told = [Text(f"{clock_text(self.elapsed)}{limit}")]
        if progress.remaining is not None and progress.phase in WITH_TIME_LEFT:
            left = max(progress.remaining - self.since, 0.0)
            told.append(Text(f"about {clock_text(left)} left"))
        if progress.epochs and progress.elapsed > 0:
            told.append(Text(f"{progress.epochs / progress.elapsed:.1f} epochs/s", style="dim"))
        return told


def _several(progress: Progress, room: int) -> list[tuple[str, RenderableType]]:
    states, ended = progress.states, progress.ended
    told = [Text(f"{grouped(states.get('running', 0))} running")]
    told.append(Text(f"{grouped(states.get('completed', 0))} completed"))
    for state, word, style in (("stopped", "stopped early", ""), ("diverged", "diverged", "yellow"),
                               ("failed", "failed", "red")):  # fmt: skip
        if states.get(state):
            told.append(Text(f"{grouped(states[state])} {word}", style=style))
    far, done = f"{grouped(ended)}/{grouped(progress.asked)}", ended + progress.begun
    whole: float = progress.asked
    if not progress.asked:  # as many as the time allows
        far, done, whole = grouped(ended), progress.elapsed, progress.time_limit or 1.0
    rows: list[tuple[str, RenderableType]] = [
        ("trials", _bar(done, whole, far, "cyan", room)),
        ("", _flow(told, room)),
    ]
    if progress.best is not None:
        best = f"{progress.name_of(progress.metric)} {number_text(progress.best, zeros=True)}"
        whose = f"trial {progress.best_trial}" + ", unfinished" * progress.best_unfinished
        found = [Text(best, style="bold green"), Text("on validation"), Text(whose)]
        rows.append(("best", _flow(found, room)))
    useful = f"{progress.busy}/{progress.lanes} busy, {progress.occupancy:.0%} useful"
    if progress.lanes:
        rows.append(("lanes", _bar(progress.busy, progress.lanes, useful, "green", room)))
    return rows


def _one(progress: Progress, room: int) -> list[tuple[str, RenderableType]]:
    at, most = int(progress.epoch.get("epoch", 0)), progress.most_epochs
    rows: list[tuple[str, RenderableType]] = []
    if most:
        rows.append(("epoch", _bar(at, most, f"{grouped(at)}/{grouped(most)}", "cyan", room)))
    if progress.epoch:
        told = [
            Text(f"{name} {number_text(value, zeros=True)}", style=_style(name))
            for name, value in losses_and_metrics(progress)
        ]
        rows.append(("now at", _flow(told, room)))
    return rows


def _style(name: str) -> str:
    return "" if name.endswith("loss") else "bold green"


def _row(name: str, told: RenderableType) -> Table:
    row = Table.grid()
    row.add_column(style="dim", width=LABELS, no_wrap=True)
    row.add_column()
    row.add_row(name, told)
    return row


def _flow(parts: Sequence[Text], room: int) -> Text:
    """Parts side by side; one for which there is no room begins a line, none is cut."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(GAP) + part.cell_len <= room:
            lines[-1] = Text.assemble(lines[-1], GAP, part)
        else:
            lines.append(part)
    return Text("\n").join(lines)


def _bar(value: float, total: float, text: str, color: str, room: int) -> RenderableType:
    """A bar with a text beside it; the text alone where both have no room."""
    width = min(room - cell_len(text) - 2, LONGEST_BAR)
    if width < SHORTEST_BAR:
        return Text(text)
    bar = ProgressBar(
        total=max(total, 1), completed=value, width=width, complete_style=color,
        finished_style=color,
    )  # fmt: skip
    row = Table.grid(padding=(0, 2))
    row.add_row(bar, Text(text))
    return row
