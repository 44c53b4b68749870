"""A trial: one point of the search space, being trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from shoal.network import HostParams, Network
from shoal.space import Point
from shoal.training.early_stopping import EarlyStopping, Score
from shoal.training.metrics import Objective
from shoal.training.metrics.measure import Direction
from shoal.training.recipe import Recipe

End = Literal["completed", "stopped", "diverged", "failed"]


@dataclass(frozen=True, eq=False)
class Trial:
    """What is to be trained.

    Attributes:
        id: the study's number for it.
        point: its point of the space.
        seed: keys its initial weights, batch order and noise.
        network, recipe: bound, no range left.
        rows: of the training split, ascending, that it trains on in as many steps
            as all of them take; None: all.
    """

    id: int
    point: Point
    seed: int
    network: Network
    recipe: Recipe
    rows: np.ndarray | None = None


@dataclass
class Standing:
    """How far a trial has come, kept on the host while it is in a lane.

    ``mark`` is the last score that early stopping took for an improvement. After a
    break ``reached`` is the epoch at which it was broken off: up to there it
    repeats what is known already.
    """

    trial: Trial
    epoch: int = 0
    step: int = 0
    reached: int = 0
    best: Score | None = None
    best_epoch: int = 0
    best_metrics: dict[str, float] = field(default_factory=dict)
    mark: Score | None = None
    mark_epoch: int = 0

    @property
    def behind(self) -> bool:
        """Whether it has yet to come to where it was before a break."""
        return self.epoch < self.reached

    def note(self, metrics: dict[str, float], objective: Objective) -> bool:
        """Take an epoch's validation metrics; whether its weights are the best so far."""
        score = Score(objective.value(metrics), metrics["loss"])
        improved = score.improves(self.best)
        if improved:
            self.best, self.best_epoch, self.best_metrics = score, self.epoch, metrics
        return improved

    def watch(
        self, metrics: Mapping[str, float], objective: Objective, known: Mapping[str, Direction]
    ) -> None:
        """Take what early stopping looks at.

        Args:
            metrics: of the validation split, and the training loss.
            objective: the study's.
            known: the metrics that are measured every epoch.
        """
        stopping = self.trial.recipe.early_stopping
        if isinstance(stopping, EarlyStopping):
            score = Score(stopping.watched(objective, known).value(metrics), metrics["loss"])
            if score.improves(self.mark, float(stopping.min_change)):  # type: ignore[arg-type]  # bound
                self.mark, self.mark_epoch = score, self.epoch

    def end(self) -> End | None:
        """Whether the trial has come to its end: ``completed``, ``stopped``, or not yet."""
        if self.epoch >= int(self.trial.recipe.epochs):  # type: ignore[arg-type]  # bound
            return "completed"
        stopping = self.trial.recipe.early_stopping
        if isinstance(stopping, EarlyStopping):
            patience = int(stopping.patience)  # type: ignore[arg-type]  # bound
            if self.epoch - self.mark_epoch >= patience:
                return "stopped"
        return None


@dataclass(frozen=True)
class EpochDone:
    """One epoch of one trial: its training loss and validation metrics."""

    trial: Trial
    epoch: int
    train_loss: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class TrialDone:
    """A trial that left its lane.

    Attributes:
        trial: which.
        end: how it ended.
        epochs: epochs that it ran.
        best_epoch: 1-based epoch of its best weights; 0 if there is none.
        objective: at that epoch; less is better; None if there is none.
        metrics: validation metrics at that epoch.
        first_bad_step: of a diverged trial.
        weights: fetches the best weights; to be called before the next epoch.
    """

    trial: Trial
    end: End
    epochs: int
    best_epoch: int
    objective: float | None
    metrics: dict[str, float]
    first_bad_step: int | None
    weights: Callable[[], HostParams]
