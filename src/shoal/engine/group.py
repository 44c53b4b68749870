"""The trials of one program: those that wait for its lanes, and those in them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from shoal.engine.checkpoints import LaneAssignment
from shoal.engine.population import Population
from shoal.engine.specialize import Specialization
from shoal.engine.trial import Trial


@dataclass
class Use:
    """How full the lanes were: steps of trials over steps of all lanes."""

    useful: int = 0
    total: int = 0

    @property
    def occupancy(self) -> float:
        """Useful lane steps over all lane steps; 1 before the first."""
        return self.useful / self.total if self.total else 1.0


@dataclass
class Group:
    """The trials of one program.

    Attributes:
        special: its network and recipe.
        first: the first trial of the group.
        lanes: how many; 0 while nobody has decided.
        seats: trials that were in its lanes before a break, until it is opened.
    """

    special: Specialization
    first: int
    waiting: deque[Trial] = field(default_factory=deque)
    population: Population | None = None
    lanes: int = 0
    seats: Sequence[LaneAssignment] = ()

    @property
    def example(self) -> Trial:
        """One of its trials, before it is opened."""
        return self.seats[0].trial if self.seats else self.waiting[0]

    @property
    def busy(self) -> int:
        """Number of lanes that are taken."""
        return self.population.busy if self.population else sum(len(s.lanes) for s in self.seats)

    def trials(self) -> list[Trial]:
        """Those in its lanes."""
        standings = self.population.taken if self.population else self.seats
        return [standing.trial for standing in standings]

    def places(self) -> list[LaneAssignment]:
        """Which trial is in which lane, and how far it is."""
        if self.population is None:
            return list(self.seats)
        return [
            LaneAssignment(s.lanes, s.trial, max(s.epoch, s.reached)) for s in self.population.taken
        ]

    def next(self) -> list[Trial]:
        """The trials that wait and for which there is room now, taken out in their order."""
        assert self.population is not None
        free, found = self.population.free, []
        while self.waiting and self.waiting[0].size <= free:
            found.append(self.waiting.popleft())
            free -= found[-1].size
        return found
