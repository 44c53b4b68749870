"""The protocol of a sampler: ask for points, tell what came of them.

A sampler knows a space and nothing else: no study, no network, no training. Its
state is plain data that goes in and comes out of every call, so that it can be
stored with a study and go on as if it had never stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from shoal.space import Point, Space

State = dict[str, Any]
"""A sampler's memory as plain JSON."""


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


@runtime_checkable
class Sampler(Protocol):
    """Proposes points of a space."""

    kind: ClassVar[str]

    @property
    def adaptive(self) -> bool:
        """Whether proposals depend on what was told.

        Then points are asked for only as lanes come free; otherwise as early as is of use.
        """
        ...

    def start(self, space: Space, seed: int) -> State:
        """The state before the first point."""
        ...

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """That many points, and the state after them; fewer once the space has no more.

        Asking for a and then b points gives the same as asking for a + b.
        """
        ...

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
        """The state after these results.

        A result may be of a point that was never asked for, such as one given by hand
        (`FirstPoint`): an adaptive sampler learns from it as from its own.
        """
        ...
