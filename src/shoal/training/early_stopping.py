"""Early stopping: when a trial has stopped getting better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from shoal.errors import RecipeError
from shoal.space import Choice, Float, Int, host, is_range


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
        _check_whole(self.patience, "patience")
        if isinstance(self.min_change, int | float) and self.min_change < 0:
            raise RecipeError("min_change is not negative", received=self.min_change)


def _check_whole(value: Any, what: str) -> None:
    if not is_range(value) and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise RecipeError(f"{what} is a whole number", expected="at least 1", received=value)


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
