"""What a sampler may do beside asking and telling: judge trials while they are running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from shoal.samplers.sampler import State
from shoal.space import Point, Space


@dataclass(frozen=True)
class Reached:
    """Where a running trial is.

    Attributes:
        number: the trial's.
        epoch: epochs that it has run.
        epochs: that it runs at most.
        objective: its best so far; less is better. Of a trial with several seeds or
            folds, of their mean.
        latest: its objective after its last epoch.
        loss: on the validation split after that.
        point: with which it is trained now.
    """

    number: int
    epoch: int
    epochs: int
    objective: float
    latest: float = float("inf")
    loss: float = float("inf")
    point: Point = field(default_factory=dict)


@runtime_checkable
class Judge(Protocol):
    """A sampler that ends trials before their time."""

    def judge(
        self, space: Space, state: State, reached: Sequence[Reached]
    ) -> tuple[list[int], State]:
        """The numbers of trials to stop now, and the state after it.

        Args:
            space: the search space.
            state: of the sampler.
            reached: the trials that have run an epoch and go on, in any order: what
                is stopped does not depend on it.
        """
        ...
