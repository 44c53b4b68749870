"""Early stopping: when a trial has stopped getting better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shoal.space import Choice, Float, Int, host
from shoal.training.validity import check_number, check_whole


@dataclass(frozen=True, eq=False)
class EarlyStopping:
    """Ends a trial that has not improved for some epochs.

    An epoch improves on the best so far if the study's objective on the
    validation split is better by more than ``min_change``, or equal with a lower
    validation loss. The weights of the best epoch are what is kept, with or
    without early stopping.

    Args:
        patience: epochs without improvement after which the trial is stopped.
        min_change: what counts as better, in units of the objective.

    Raises:
        RecipeError: a patience below 1 or a negative change.

    Source: Prechelt, "Early stopping - but when?", in *Neural Networks: Tricks
    of the Trade* (1998).
    """

    kind: ClassVar[str] = "early_stopping"

    patience: int | Int | Choice = host(5)
    min_change: float | Float | Choice = host(0.0)

    def __post_init__(self) -> None:
        check_whole(self.patience, "patience")
        check_number(self.min_change, "min_change", low=0.0)


@dataclass(frozen=True)
class Score:
    """A trial's standing on the validation split; smaller is better in both."""

    objective: float
    loss: float

    def improves(self, best: Score | None, min_change: float = 0.0) -> bool:
        """Whether this is better than the best so far; ties of the objective go to the loss."""
        if best is None or self.objective < best.objective - min_change:
            return True
        return self.objective == best.objective and self.loss < best.loss
