"""What a sampler that learns must be able to do so that a rule may stop its trials early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from shoal.samplers.sampler import State
from shoal.space import Point, Space


@runtime_checkable
class Reviser(Protocol):
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
