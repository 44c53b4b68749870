"""The protocols of samplers: ask and tell, and what some can do beside.

A sampler knows a space and nothing else: no study, no network, no training. Its state is plain
data that goes in and comes out of every call, so that it can be stored with a study and go on
as if it had never stopped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from shoal.errors import SpaceError
from shoal.registry import SAMPLERS, Component, Registry
from shoal.space import Point, Space
from shoal.utils.schema import Schema

_SALT = 0x5EA


def checked_seed(seed: int) -> int:
    """The seed as a plain int.

    Raises:
        SpaceError: it is not a whole number from 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise SpaceError(
            "a sampler's seed is a whole number from 0", expected="0, 1, 2, …", received=repr(seed)
        )
    return int(seed)


def generator(seed: int, number: int) -> np.random.Generator:
    """The random numbers that belong to one proposal of one study."""
    return np.random.default_rng([seed, number, _SALT])


State = dict[str, Any]
"""A sampler's memory as plain JSON."""

Fields = dict[str, Schema]
"""By name what stands in a state."""


@dataclass(frozen=True)
class TrialResult:
    """What came of a point.

    Attributes:
        number: the trial's number, in the order in which points were asked for.
        point: as it was asked for.
        objective: less is better; None where the trial diverged or failed.
    """

    number: int
    point: Point
    objective: float | None


class Sampler(Component, ABC):
    """Proposes points of a space.

    A subclass with a kind of its own, a frozen dataclass of plain settings, is stored with a
    study and made again from it. A class that has the methods and does not derive from this
    one will do too; to go on with its study it has to be given again.
    """

    registry: ClassVar[Registry] = SAMPLERS
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """By a name that the command has for it, its settings; none: its kind, as it is."""

    @property
    @abstractmethod
    def adaptive(self) -> bool:
        """Whether proposals depend on results.

        Then points are asked for only as lanes come free; otherwise as early as is of use.
        """

    @abstractmethod
    def start(self, space: Space, seed: int) -> State:
        """The state before the first point."""

    @abstractmethod
    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """That many points, and the state after them; fewer once the space has no more.

        Asking for a and then b points gives the same as asking for a + b.
        """

    @abstractmethod
    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """The state after these results.

        A result may be of a point that was never asked for, such as one given by hand
        (`FirstPoint`): an adaptive sampler learns from it as from its own.
        """

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds beside the kind, to check one that comes from a file.

        Args:
            space: the search space.
            trials: number of trials of the search so far.
        """
        return {}

    @classmethod
    def __subclasshook__(cls, other: type[Any]) -> Any:
        if cls is not Sampler:
            return NotImplemented
        return all(callable(getattr(other, name, None)) for name in ("start", "ask", "tell"))


@dataclass(frozen=True)
class RunningTrial:
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
class Pruner(Protocol):
    """A sampler that ends trials before their time."""

    def prune(
        self, space: Space, state: State, reached: Sequence[RunningTrial]
    ) -> tuple[list[int], State]:
        """The numbers of trials to stop now, and the state after it.

        Args:
            space: the search space.
            state: of the sampler.
            reached: the trials that have run an epoch and go on, in any order: what
                is stopped does not depend on it.
        """
        ...


@runtime_checkable
class RetractableSampler(Protocol):
    """A sampler that can take back what it learned, and go on from other results.

    Which points it has proposed it keeps, and how many: it proposes none of them again and
    does not begin anew.
    """

    def unlearn(self, space: Space, state: State, awaited: Sequence[Point]) -> State:
        """The state as if nothing had been told, and these points were in flight.

        Other points that it was told of may be remembered as no good ones.
        """
        ...

    def give_up(self, space: Space, state: State, points: Sequence[Point]) -> State:
        """The state in which these points, in flight so far, are known to be no good ones.

        They are no results: none is counted among these.
        """
        ...


@dataclass(frozen=True)
class Clone:
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
class PopulationSampler(Protocol):
    """A sampler whose trials take others' weights while they run.

    Its points are asked for a population at a time: the next population begins when
    no trial of the last is left, so that what a lane's neighbors are told of each
    other does not depend on the number of lanes, as long as a population fits in.
    """

    def together(self, trials: int) -> int:
        """Trials that begin together in a search of so many."""
        ...

    def check(self, space: Space, trials: int) -> None:
        """Raise SpaceError unless a search of so many trials in this space has clones."""
        ...

    def exploit(
        self, space: Space, state: State, reached: Sequence[RunningTrial], room: int
    ) -> tuple[list[Clone], State]:
        """The clones that begin now, and the state after it.

        Called after each round, once the trials that ended in it were told.

        Args:
            space: the search space.
            state: of the sampler.
            reached: the trials that have run an epoch and go on, in any order: who
                inherits what does not depend on it.
            room: clones that there may be, each a trial of the study.
        """
        ...
