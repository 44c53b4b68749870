"""Early stopping: when a trial has stopped getting better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from shoal.errors import RecipeError
from shoal.metrics import Objective
from shoal.metrics.metric import Direction
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.space import Choice, Float, Int, host
from shoal.space.checks import check_number, check_whole, values_of

TRAIN_LOSS = "train_loss"
"""The mean loss over the epoch's batches: the one thing watched that is of the training split."""


@dataclass(frozen=True, eq=False)
class EarlyStopping(Component):
    r"""Ends a trial that has not improved for some epochs.

    .. math:: \text{stop after epoch } t \text{ once } t - t^* \ge \text{patience}

    t* is the last epoch that improved: its metric is better than that of the one
    before it that did by more than ``min_delta``, or equal with a lower validation
    loss. With or without early stopping, the weights that are kept are those of the
    epoch with the best objective, however little better it was.

    Args:
        patience: epochs without improvement after which the trial is stopped.
        min_delta: what counts as better, in units of the metric.
        monitor: what is watched: a metric of the validation split that is measured
            every epoch, or ``train_loss``; None: the study's objective.

    Raises:
        RecipeError: a patience below 1, a negative change, a monitor that is no name.

    Source: Prechelt, "Early stopping - but when?", in *Neural Networks: Tricks
    of the Trade* (1998).
    """

    registry: ClassVar[Registry] = RECIPE_PARTS
    kind: ClassVar[str] = "early_stopping"

    patience: int | Int | Choice = host(5)
    min_delta: float | Float | Choice = host(0.0)
    monitor: str | Choice | None = host(None)

    def __post_init__(self) -> None:
        check_whole(self.patience, "patience")
        check_number(self.min_delta, "min_delta", low=0.0)
        for metric in values_of(self.monitor):
            if metric is not None and not isinstance(metric, str):
                raise RecipeError("monitor is the name of a metric", received=repr(metric))

    def watched(self, objective: Objective, known: Mapping[str, Direction]) -> Objective:
        """What it watches, and which way is better.

        Args:
            objective: the study's.
            known: the metrics that are measured every epoch.

        Raises:
            RecipeError: the metric is none of them.
        """
        metric = objective.metric if self.monitor is None else str(self.monitor)
        directions: dict[str, Direction] = {
            objective.metric: objective.direction, **known, TRAIN_LOSS: "minimize",
        }  # fmt: skip
        if metric not in directions:
            raise RecipeError(
                "early stopping watches what is measured every epoch",
                where="recipe.early_stopping.monitor",
                expected=", ".join(directions),
                received=metric,
                hint="What is the objective is measured too.",
            )
        return Objective(metric, directions[metric])


@dataclass(frozen=True)
class Score:
    """A trial's standing on the validation split; smaller is better in both."""

    objective: float
    loss: float

    def improves(self, best: Score | None, min_delta: float = 0.0) -> bool:
        """Whether this is better than the best so far; ties of the objective go to the loss."""
        if best is None or self.objective < best.objective - min_delta:
            return True
        return self.objective == best.objective and self.loss < best.loss
