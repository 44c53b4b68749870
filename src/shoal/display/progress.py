"""The progress of a running search or training, and its line of text."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from shoal.utils.text import clock_text, duration_text, grouped, number_text, plural

Phase = Literal[
    "preparing",
    "compiling",
    "training",
    "confirming",
    "folding",
    "refitting",
    "stopping",
    "scoring",
    "averaging",
    "done",
]

WITH_TIME_LEFT: tuple[Phase, ...] = ("training", "confirming", "folding")
"""Phases that show how long they will take."""


@dataclass(frozen=True)
class Progress:
    """A moment of a run.

    Attributes:
        phase: what is being done; ``stopping`` is the rest of a round after an interrupt,
            ``averaging`` the scoring of ensembles.
        asked: trials asked for; 1: a single network; 0: as many as the time allows.
        states: number of trials by state, confirmations not counted.
        begun: what running trials have behind them, as a number of trials: two that are
            half done make one.
        lanes, busy: lanes of the present program, and how many hold a trial.
        occupancy: useful lane steps over all lane steps so far.
        epochs: epochs of trials done so far.
        elapsed: seconds since the start.
        remaining: seconds left, by the pace so far; None while not known.
        time_limit: seconds that it may take in all; None: as many as it takes.
        metric: name of the objective.
        best: its best validation value so far, as the metric has it, from the first epoch on.
        best_trial: the trial that reached it.
        best_unfinished: whether that trial is still being trained.
        epoch: for a single network, its epoch and metrics so far.
        most_epochs: for a single network, its epochs at most; 0 while not known.
        compilations: programs compiled so far.
        called: what metrics are called where their name leaves open what they are of, such
            as ``{"iou": "iou of 'cell'"}``.
    """

    phase: Phase
    asked: int
    states: dict[str, int] = field(default_factory=dict)
    begun: float = 0.0
    lanes: int = 0
    busy: int = 0
    occupancy: float = 1.0
    epochs: int = 0
    elapsed: float = 0.0
    remaining: float | None = None
    time_limit: float | None = None
    metric: str = ""
    best: float | None = None
    best_trial: int | None = None
    best_unfinished: bool = False
    epoch: dict[str, float] = field(default_factory=dict)
    most_epochs: int = 0
    compilations: int = 0
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """Trials that are over."""
        over = ("completed", "stopped", "diverged", "failed")
        return sum(self.states.get(state, 0) for state in over)

    def name_of(self, metric: str) -> str:
        """What a metric is called."""
        return self.called.get(metric, metric)


Watch = Callable[[Progress], None]
"""Called at the start of each phase, after every round, and now and then between."""


def no_callback(progress: Progress) -> None:
    """Watches nothing."""


SECONDS_A_LINE = 5.0
"""Pause between two lines where there is no terminal."""


class Lines:
    """One line at each phase, and every few seconds between.

    Args:
        tell: writes a line.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self._began = time.monotonic()
        self._last = -SECONDS_A_LINE
        self._phase = ""

    def __call__(self, progress: Progress) -> None:
        """Write a line if it is time for one."""
        now = time.monotonic()
        if progress.phase == self._phase and now - self._last < SECONDS_A_LINE:
            return
        self._last, self._phase = now, progress.phase
        self.tell(f"[{clock_text(now - self._began)}] {progress_line(progress)}")


def progress_line(progress: Progress) -> str:
    """Where a run stands: ``training, 14/64 trials, best accuracy 0.9877 (trial 41)``."""
    parts = _of_one(progress) if progress.asked == 1 else _of_several(progress)
    if progress.remaining and progress.phase in WITH_TIME_LEFT:
        parts.append(f"{clock_text(progress.remaining)} left")
    return ", ".join([str(progress.phase), *parts])


def last_line(progress: Progress, seconds: float) -> str:
    """What a run came to, once it is over: ``64 trials in 12.3 s, best accuracy 0.9877``."""
    if progress.asked == 1:
        told = [f"{plural(int(progress.epoch.get('epoch', 0)), 'epoch')}"]
        told += [f"{name} {number_text(value)}" for name, value in losses_and_metrics(progress)]
    else:
        told = [plural(progress.ended, "trial"), *best_so_far(progress)]
    return ", ".join([f"{told[0]} in {duration_text(seconds)}", *told[1:]])


def _of_several(progress: Progress) -> list[str]:
    states, ended = progress.states, progress.ended
    parts = []
    if ended:
        of = f"/{grouped(progress.asked)}" if progress.asked else ""
        parts.append(f"{grouped(ended)}{of} trials")
    for state, word in (("stopped", "stopped early"), ("diverged", "diverged"),
                        ("failed", "failed"), ("running", "running")):  # fmt: skip
        if states.get(state):
            parts.append(f"{grouped(states[state])} {word}")
    parts += best_so_far(progress)
    if progress.lanes:
        parts.append(f"{progress.busy}/{progress.lanes} lanes")
    return parts


def best_so_far(progress: Progress) -> list[str]:
    """The best validation value so far and whose it is, if there is one."""
    if progress.best is None:
        return []
    state = ", unfinished" if progress.best_unfinished else ""
    of = f" (trial {progress.best_trial}{state})"
    return [f"best validation {progress.name_of(progress.metric)} {number_text(progress.best)}{of}"]


def _of_one(progress: Progress) -> list[str]:
    if not progress.epoch:
        return []
    most = f"/{progress.most_epochs}" if progress.most_epochs else ""
    parts = [f"epoch {progress.epoch.get('epoch', 0):.0f}{most}"]
    told = losses_and_metrics(progress)
    return parts + [f"{name} {number_text(value, zeros=True)}" for name, value in told]


def losses_and_metrics(progress: Progress) -> list[tuple[str, float]]:
    """A single network's numbers after its last epoch, as they are called on the screen."""
    epoch = dict(progress.epoch)
    epoch.pop("epoch", None)
    told = [("training loss", epoch.pop("train_loss", float("nan")))]
    told.append(("validation loss", epoch.pop("loss", float("nan"))))
    return told + [(f"validation {progress.name_of(name)}", value) for name, value in epoch.items()]
