"""The points before a sampler's own: defaults, points by hand, the best of earlier studies.

They are the first trials of a search, in this order, whatever the sampler. The sampler gets
their results like those of its own proposals. The number of a study's trials says where it is
among them, so nothing of it needs to be stored.

The best points of earlier studies are tried again here, and only what they are worth here is
believed. A study that misleads costs the trials of its points and no more: they are a small
share of the search.

Source: Feurer, Springenberg and Hutter, "Initializing Bayesian hyperparameter
optimization via meta-learning", AAAI (2015), with the studies chosen by the user in place
of by similarity; points kept apart as in Wistuba, Schilling and Schmidt-Thieme, "Learning
hyperparameter optimization initializations", DSAA (2015), where they are to complete each
other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from shoal.samplers.random_search import key_of
from shoal.samplers.sampler import Sampler, State
from shoal.space import Choice, Int, Point, Space

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


SHARE, MOST = 0.125, 10
"""The share of a search's trials that come from earlier studies, and how many at most."""

APART = 0.1
"""The least mean distance, as a share of the ranges, between two points of one study."""


@dataclass(frozen=True)
class Experience:
    """An earlier search.

    Attributes:
        study: its file.
        trials: number and hyperparameters, as a reader has them, of the trials with a
            result, the best first.
    """

    study: str
    trials: Sequence[tuple[int, Mapping[str, Any]]]


def points_from(
    space: Space, experiences: Sequence[Experience], trials: int
) -> tuple[FirstPoint, ...]:
    """The points to begin a search with: the best of each study, then the next of each, ….

    Args:
        space: of the new search.
        experiences: the earlier ones.
        trials: number of points of the new search.
    """
    count = min(math.ceil(SHARE * trials), MOST)
    turns = zip_longest(*(list(_best(space, one, count)) for one in experiences))
    return tuple(point for turn in turns for point in turn if point is not None)[:count]


def _best(space: Space, experience: Experience, count: int) -> Iterator[FirstPoint]:
    """The best points of a study that are apart from each other."""
    taken: list[Point] = []
    for rank, (number, hyperparams) in enumerate(experience.trials, 1):
        if len(taken) == count:
            return
        point = snapped(space, hyperparams)
        if point is not None and all(distance(space, point, one) >= APART for one in taken):
            taken.append(point)
            yield FirstPoint(point, "prior", experience.study, number, rank)


def snapped(space: Space, hyperparams: Mapping[str, Any]) -> Point | None:
    """The nearest point of the space; None where it has no hyperparameter of these names.

    A number outside of a range becomes its nearer end; what has no name here is left
    out, and what has no value there has its default.
    """
    values: Point = {}
    for entry in space:
        if entry.name not in hyperparams:
            continue
        value = hyperparams[entry.name]
        if isinstance(entry.range, Choice):
            index = entry.range.index_of(value)
            if index is not None:
                values[entry.name] = index
        elif isinstance(value, int | float) and math.isfinite(value):
            near = min(max(value, entry.range.low), entry.range.high)
            values[entry.name] = round(near) if isinstance(entry.range, Int) else float(near)
    return space.filled(values) if values else None


def distance(space: Space, one: Point, other: Point) -> float:
    """The mean difference of two points: of numbers in the unit interval, else 0 or 1."""
    differences = []
    for entry in space:
        given = [point.get(entry.name) for point in (one, other)]
        if given == [None, None]:
            continue
        if None in given or isinstance(entry.range, Choice):
            differences.append(float(given[0] != given[1]))
        else:
            ends = [entry.range.to_unit(value) for value in given if value is not None]
            differences.append(abs(ends[0] - ends[1]))
    return sum(differences) / max(len(differences), 1)
