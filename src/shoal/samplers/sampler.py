"""The protocol of a sampler: ask for points, tell what came of them.

A sampler knows a space and nothing else: no study, no network, no training. Its
state is plain data that goes in and comes out of every call, so that it can be
stored with a study and go on as if it had never stopped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from shoal.registry import SAMPLERS, Component, Registry
from shoal.schema import Schema
from shoal.space import Point, Space

State = dict[str, Any]
"""A sampler's memory as plain JSON."""

Fields = dict[str, Schema]
"""By name what stands in a state."""


@dataclass(frozen=True)
class Told:
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
    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
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
