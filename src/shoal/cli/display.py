"""What a run looks like while it runs: a live panel, or now and then a line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from shoal.cli.panel import called, run_panel
from shoal.cli.terminal import Terminal, printable
from shoal.cli.words import duration, number

if TYPE_CHECKING:
    from shoal.wiring import Progress, Watch

SECONDS_A_LINE = 5.0
"""Pause between two lines where there is no terminal."""

FRAMES_A_SECOND = 8


@contextmanager
def watching(terminal: Terminal, title: str, epochs: int | None) -> Iterator[Watch]:
    """What to hand to a search or a training as ``watch``.

    Args:
        terminal: where to; nothing is shown if it is quiet.
        title: what runs.
        epochs: for a single network, its epochs at most; None for a search.
    """
    if terminal.quiet:
        yield lambda progress: None
        return
    if not terminal.remarks.is_terminal:
        yield Lines(terminal, epochs)
        return
    panel = LivePanel(title, epochs)
    with Live(
        get_renderable=panel.render,
        console=terminal.remarks,
        refresh_per_second=FRAMES_A_SECOND,
        transient=True,
    ):
        yield panel


class LivePanel:
    """The last progress told, drawn again and again so that the clock goes on."""

    def __init__(self, title: str, epochs: int | None) -> None:
        self.title, self.epochs = printable(title), epochs
        self._progress: Progress | None = None
        self._told = self._began = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Take note; drawing is `Live`'s."""
        self._progress, self._told = progress, time.monotonic()

    def render(self) -> RenderableType:
        """The panel as it is now."""
        if self._progress is None:
            return Text(f"{self.title} …")
        now = time.monotonic()
        return run_panel(
            self.title, self._progress, self.epochs, now - self._began, now - self._told
        )


class Lines:
    """One line at each phase, and every few seconds between."""

    def __init__(self, terminal: Terminal, epochs: int | None) -> None:
        self.terminal, self.epochs = terminal, epochs
        self._began = time.monotonic()
        self._last = -SECONDS_A_LINE
        self._phase = ""

    def __call__(self, progress: Progress) -> None:
        """Write a line if it is time for one."""
        now = time.monotonic()
        if progress.phase == self._phase and now - self._last < SECONDS_A_LINE:
            return
        self._last, self._phase = now, progress.phase
        told = search_line(progress) if self.epochs is None else train_line(progress, self.epochs)
        self.terminal.remark(f"[{duration(now - self._began)}] {told}")


def search_line(progress: Progress) -> str:
    """A search's progress in one line."""
    states = progress.states
    parts = [str(progress.phase)]
    if ended(progress):
        parts.append(f"{ended(progress)}/{progress.asked} trials")
    for state, word in (("stopped", "stopped early"), ("diverged", "diverged"),
                        ("failed", "failed"), ("running", "running")):  # fmt: skip
        if states.get(state):
            parts.append(f"{states[state]} {word}")
    if progress.best is not None:
        of = f" (trial {progress.best_trial})"
        parts.append(f"best {called(progress.metric, progress)} {number(progress.best)}{of}")
    if progress.lanes:
        parts.append(f"{progress.busy}/{progress.lanes} lanes")
    if progress.remaining and progress.phase in ("training", "confirming"):
        parts.append(f"{duration(progress.remaining)} left")
    return ", ".join(parts)


def train_line(progress: Progress, epochs: int) -> str:
    """A training's progress in one line."""
    parts = [str(progress.phase)]
    if progress.epoch:
        parts.append(f"epoch {progress.epoch.get('epoch', 0):.0f}/{epochs}")
        parts += [f"{name} {number(value)}" for name, value in losses_and_metrics(progress)]
    if progress.remaining and progress.phase == "training":
        parts.append(f"{duration(progress.remaining)} left")
    return ", ".join(parts)


def ended(progress: Progress) -> int:
    """Trials that are over."""
    states = progress.states
    return sum(states.get(s, 0) for s in ("completed", "stopped", "diverged", "failed"))


def losses_and_metrics(progress: Progress) -> list[tuple[str, float]]:
    """A single network's numbers after its last epoch, as they are called on the screen."""
    epoch = dict(progress.epoch)
    epoch.pop("epoch", None)
    told = [("training loss", epoch.pop("train_loss", float("nan")))]
    told.append(("validation loss", epoch.pop("loss", float("nan"))))
    named = {called(name, progress): value for name, value in epoch.items()}
    return told + list(named.items())
