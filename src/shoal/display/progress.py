"""What a running search or training tells whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

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
"""Phases in which it is told how long it will take."""


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


def nobody(progress: Progress) -> None:
    """Watches nothing."""
