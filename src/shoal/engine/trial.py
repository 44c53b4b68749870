"""A trial: one point of the search space, being trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from shoal.engine.early_stopping import EarlyStopping, Score
from shoal.engine.recipe import Recipe
from shoal.metrics import Objective
from shoal.metrics.metric import Direction
from shoal.nn import HostParams, Network
from shoal.space import Point

End = Literal["completed", "stopped", "diverged", "failed"]


@dataclass(frozen=True)
class Member:
    """One lane of a trial.

    Attributes:
        seed: keys its initial weights, batch order and noise.
        fold: which part of the rows steers it, the others train it; None: as the
            split has it, or where there are folds, all of them train it.
    """

    seed: int
    fold: int | None = None


@dataclass(frozen=True)
class ScheduleSegment:
    """Some epochs of a trial's training with other values than it ends with.

    Attributes:
        trial: that was trained with them first.
        until: the last epoch of them.
        point: the values: as the trial's own, but for traced ones.
    """

    trial: int
    until: int
    point: Point


@dataclass(frozen=True, eq=False)
class Start:
    """What a trial of one lane goes on from.

    Attributes:
        params: its first weights, of its own widths.
        memory: the optimizer's, leaf by leaf; none: a fresh one.
        epoch, step: how many epochs and optimizer steps came before.
    """

    params: HostParams
    memory: tuple[np.ndarray, ...] = ()
    epoch: int = 0
    step: int = 0


@dataclass(frozen=True, eq=False)
class Trial:
    """What is to be trained.

    Attributes:
        id: the study's number for it.
        point: its point of the space.
        seed: of its members, if it has but one and no fold.
        network, recipe: bound, no range left.
        rows: of the training split, ascending, that it trains on in as many steps
            as all of them take; None: all.
        members: the same network with several seeds, or on several folds: they
            train side by side, and are judged, kept and stopped by their mean.
        until: the epoch that ends it, and of which the weights are kept,
            whatever it comes to; None: its recipe's rules.
        last: whether the weights of its last epoch are kept, whatever they come to, since
            nothing steers it.
        start: what it goes on from; None: its first weights are drawn.
        legs: its training before the epoch from which on its point holds, in order.
            In these epochs it is neither stopped nor are its weights kept.
    """

    id: int
    point: Point
    seed: int
    network: Network
    recipe: Recipe
    rows: np.ndarray | None = None
    members: tuple[Member, ...] = ()
    until: int | None = None
    legs: tuple[ScheduleSegment, ...] = ()
    last: bool = False
    start: Start | None = None

    def __post_init__(self) -> None:
        if not self.members:
            object.__setattr__(self, "members", (Member(self.seed),))

    @property
    def size(self) -> int:
        """Lanes that it takes."""
        return len(self.members)

    @property
    def born(self) -> int:
        """The last epoch before its own point holds."""
        return self.legs[-1].until if self.legs else 0

    def point_after(self, epoch: int) -> Point:
        """With what it is trained in the epoch that follows."""
        return next((leg.point for leg in self.legs if epoch < leg.until), self.point)


@dataclass
class TrialProgress:
    """How far a trial has come, kept on the host while it is in a lane.

    ``lanes`` are those of its members, ``steps`` what each has done so far.
    ``mark`` is the last score that early stopping took for an improvement. After a
    break ``reached`` is the epoch at which it was broken off: up to there it
    repeats what is known already.
    """

    trial: Trial
    lanes: tuple[int, ...] = (0,)
    steps: tuple[int, ...] = (0,)
    epoch: int = 0
    reached: int = 0
    best: Score | None = None
    best_epoch: int = 0
    best_metrics: dict[str, float] = field(default_factory=dict)
    best_members: tuple[dict[str, float], ...] = ()
    mark: Score | None = None
    mark_epoch: int = 0

    @property
    def members(self) -> tuple[Member, ...]:
        """Those of its trial."""
        return self.trial.members

    def member(self, lane: int) -> Member:
        """The member in one of its lanes."""
        return self.trial.members[self.lanes.index(lane)]

    def step(self, lane: int) -> int:
        """Optimizer steps that the member in one of its lanes has done."""
        return self.steps[self.lanes.index(lane)]

    @property
    def behind(self) -> bool:
        """Whether it has yet to come to where it was before a break."""
        return self.epoch < self.reached

    def note(self, members: Sequence[dict[str, float]], objective: Objective) -> bool:
        """Take an epoch's validation metrics; whether its weights are the best so far."""
        metrics = mean_of(members)
        score = Score(objective.value(metrics), metrics["loss"])
        until = self.trial.until
        better = self.trial.last or score.improves(self.best)
        improved = better if until is None else self.epoch == until
        improved = improved and self.epoch > self.trial.born
        if improved:
            self.best, self.best_epoch, self.best_metrics = score, self.epoch, metrics
            self.best_members = tuple(members)
        return improved

    def leader(self, objective: Objective) -> int:
        """The member that did best in the best epoch: its weights are the trial's."""
        scores = [(objective.value(m), m["loss"]) for m in self.best_members]
        return scores.index(min(scores))

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
        if isinstance(stopping, EarlyStopping) and self.epoch > self.trial.born:
            score = Score(stopping.watched(objective, known).value(metrics), metrics["loss"])
            if score.improves(self.mark, float(stopping.min_delta)):  # type: ignore[arg-type]  # bound
                self.mark, self.mark_epoch = score, self.epoch

    def end(self) -> End | None:
        """Whether the trial has come to its end: ``completed``, ``stopped``, or not yet."""
        if self.trial.until is not None:
            return "completed" if self.epoch >= self.trial.until else None
        if self.epoch >= int(self.trial.recipe.epochs):  # type: ignore[arg-type]  # bound
            return "completed"
        stopping = self.trial.recipe.early_stopping
        if isinstance(stopping, EarlyStopping):
            patience = int(stopping.patience)  # type: ignore[arg-type]  # bound
            if self.epoch - max(self.mark_epoch, self.trial.born) >= patience:
                return "stopped"
        return None


@dataclass(frozen=True)
class EpochDone:
    """One epoch of one trial: training loss and validation metrics, means over its members.

    ``best`` is its objective so far; less is better.
    """

    trial: Trial
    epoch: int
    train_loss: float
    metrics: dict[str, float]
    best: float = float("inf")


@dataclass(frozen=True)
class TrialDone:
    """A trial that left its lane.

    Attributes:
        trial: which.
        end: how it ended.
        epochs: epochs that it ran.
        best_epoch: 1-based epoch of its best weights; 0 if there is none.
        objective: at that epoch; less is better; None if there is none.
        metrics: validation metrics at that epoch, the mean over its members.
        members: those of each member.
        first_bad_step: of a diverged trial.
        weights: fetches the best weights, of the member that did best; to be called
            before the next epoch.
        predictor: of these weights, in the widths of the program that trained them, so
            that trials of one program share it; to be called before the next epoch.
        reached: fetches what it could go on from, of a trial of one lane whose network is as
            wide as its program; to be called before the next epoch.
    """

    trial: Trial
    end: End
    epochs: int
    best_epoch: int
    objective: float | None
    metrics: dict[str, float]
    members: tuple[dict[str, float], ...]
    first_bad_step: int | None
    weights: Callable[[], HostParams]
    predictor: Callable[[], Predicts]
    reached: Callable[[], Start]


class Predicts(Protocol):
    """What one network says of prepared inputs, row by row: see `Predictor`."""

    @property
    def probabilities(self) -> bool:
        """Whether the softmax (of labels, the sigmoid) of outputs are probabilities."""
        ...

    def __call__(self, params: HostParams, x: np.ndarray, y: np.ndarray | None = None) -> Any:
        """Outputs, and with targets losses."""
        ...


def mean_of(members: Sequence[dict[str, float]]) -> dict[str, float]:
    """Each metric's mean over the members of a trial."""
    if len(members) == 1:
        return members[0]
    return {name: sum(m[name] for m in members) / len(members) for name in members[0]}
