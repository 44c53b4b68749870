"""What a running search or training tells whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

Phase = Literal[
    "preparing", "compiling", "training", "confirming", "refitting", "stopping", "scoring", "done"
]


@dataclass(frozen=True)
class Progress:
    """A moment of a run.

    Attributes:
        phase: what is being done; ``stopping`` is the rest of a round after an interrupt.
        asked: trials asked for.
        states: number of trials by state, confirmations not counted.
        lanes, busy: lanes of the present program, and how many hold a trial.
        occupancy: useful lane steps over all lane steps so far.
        epochs: epochs of trials done so far.
        elapsed: seconds since the start.
        remaining: seconds left, by the pace so far; None while not known.
        metric: name of the objective.
        best: its best value so far, as the metric has it.
        best_trial: the trial that reached it.
        epoch: for a single network, its epoch and metrics so far.
        compilations: programs compiled so far.
        positive: of two classes the one that IoU, Dice and F1 are of.
    """

    phase: Phase
    asked: int
    states: dict[str, int] = field(default_factory=dict)
    lanes: int = 0
    busy: int = 0
    occupancy: float = 1.0
    epochs: int = 0
    elapsed: float = 0.0
    remaining: float | None = None
    metric: str = ""
    best: float | None = None
    best_trial: int | None = None
    epoch: dict[str, float] = field(default_factory=dict)
    compilations: int = 0
    positive: str | None = None


Watch = Callable[[Progress], None]
"""Called at the start of each phase, after every round, and now and then between."""


def naming(watch: Watch, positive: str | None) -> Watch:
    """A watch that is told the class, of two, that some metrics are of."""
    if positive is None:
        return watch
    return lambda progress: watch(replace(progress, positive=positive))


def nobody(progress: Progress) -> None:
    """Watches nothing."""
