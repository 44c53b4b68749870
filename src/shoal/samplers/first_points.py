"""The points that come before a sampler's own: defaults, points by hand, points from experience.

They are the first trials of a search, in this order, whatever the sampler, which is
told of what came of them as of its own proposals. Where a study stands among them is
the number of its trials, so that nothing of it needs to be stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shoal.samplers.novelty import key_of
from shoal.samplers.sampler import Sampler, State
from shoal.space import Point, Space

Origin = Literal["defaults", "hand", "prior"]


@dataclass(frozen=True)
class FirstPoint:
    """A point that is tried before the sampler's.

    Attributes:
        point: as a sampler would propose it.
        origin: whether it is the point of the defaults, was given by hand, or comes
            from an earlier study.
        study: the earlier study's file.
        trial: the number that it had there.
        rank: its rank there, from 1.
    """

    point: Point
    origin: Origin
    study: str | None = None
    trial: int | None = None
    rank: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for a study's file."""
        told: dict[str, Any] = {"point": dict(self.point), "origin": self.origin}
        if self.origin == "prior":
            told |= {"study": self.study, "trial": self.trial, "rank": self.rank}
        return told

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FirstPoint:
        """What `to_json` told of."""
        return cls(dict(data["point"]), data["origin"],
                   data.get("study"), data.get("trial"), data.get("rank"))  # fmt: skip


def distinct(points: Iterable[FirstPoint]) -> tuple[FirstPoint, ...]:
    """The points without those that decode to an earlier one."""
    by_key: dict[str, FirstPoint] = {}
    for first in points:
        by_key.setdefault(key_of(first.point), first)
    return tuple(by_key.values())


def ask(
    first: Sequence[FirstPoint],
    sampler: Sampler,
    space: Space,
    state: State,
    proposed: int,
    count: int,
) -> tuple[list[Point], State]:
    """The next points of a search, and the sampler's state after them.

    Args:
        first: the points that come first, all different.
        sampler: where the others come from. What it proposes and is among the first
            is passed over.
        space: the search space.
        state: the sampler's.
        proposed: number of points of the search so far.
        count: how many are wanted.

    Returns:
        fewer points once the space has no more.
    """
    points = [dict(one.point) for one in first[proposed : proposed + count]]
    known = {key_of(one.point) for one in first} if len(space) else set()
    while len(points) < count:
        more, state = sampler.ask(space, state, count - len(points))
        if not more:
            break
        points += [point for point in more if key_of(point) not in known]
    return points, state
