"""What a sampler may do beside asking and telling: start trials from others' weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shoal.samplers.judge import Reached
from shoal.samplers.sampler import State
from shoal.space import Point, Space


@dataclass(frozen=True)
class Heir:
    """A trial that goes on with the weights and the optimizer's memory of another.

    Attributes:
        parent: the running trial whose they are, after the epoch that it has reached.
        point: the parent's, but for values that the compiled program takes as inputs.
        replaces: a running trial that is stopped for it; None: it takes a free lane.
    """

    parent: int
    point: Point
    replaces: int | None = None


@runtime_checkable
class Breeder(Protocol):
    """A sampler whose trials take others' weights while they run.

    Its points are asked for a population at a time: the next population begins when
    no trial of the last is left, so that what a lane's neighbors are told of each
    other does not depend on the number of lanes, as long as a population fits in.
    """

    def together(self, trials: int) -> int:
        """Trials that begin together in a search of so many."""
        ...

    def check(self, space: Space, trials: int) -> None:
        """Raise SpaceError unless a search of so many trials in this space has heirs."""
        ...

    def breed(
        self, space: Space, state: State, reached: Sequence[Reached], room: int
    ) -> tuple[list[Heir], State]:
        """The heirs that begin now, and the state after it.

        Called after each round, once the trials that ended in it were told.

        Args:
            space: the search space.
            state: of the sampler.
            reached: the trials that have run an epoch and go on, in any order: who
                inherits what does not depend on it.
            room: heirs that there may be, each a trial of the study.
        """
        ...
