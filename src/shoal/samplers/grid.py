"""Grid search."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from shoal.errors import SpaceError
from shoal.samplers.sampler import Fields, Sampler, State, TrialResult, checked_seed, generator
from shoal.space import Choice, Float, Int, Point, Range, Space
from shoal.utils.schema import whole

Axes = Mapping[str, Sequence[int | float]]
"""The values of each hyperparameter, by its name."""


class Lattice:
    """All combinations of some values of each hyperparameter, as far as they are active.

    A hyperparameter that no choice reaches has no value, so options without
    ranges of their own are counted once. Points are made from their number
    without listing those before; the last hyperparameter changes fastest.

    Args:
        space: the space.
        axes: the values of each hyperparameter.
    """

    def __init__(self, space: Space, axes: Axes) -> None:
        self._entries = space.hyperparameters
        self._axes = axes
        self._needed = [
            {parent for entry in self._entries[i:] for path in entry.conditions
             for parent, _ in path}
            for i in range(len(self._entries) + 1)
        ]  # fmt: skip
        """Of each place: what later conditions still ask for."""
        self._counts: dict[tuple[int, tuple[tuple[str, int | float], ...]], int] = {}

    @cached_property
    def size(self) -> int:
        """Number of points."""
        return self._count(0, {})

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Point]:
        return (self.point(k) for k in range(self.size))

    def point(self, number: int) -> Point:
        """The point of that number, from 0 to size - 1."""
        point: Point = {}
        for i, entry in enumerate(self._entries):
            if not entry.active(point):
                continue
            values = self._axes[entry.name]
            if entry.name not in self._needed[i + 1]:
                place, number = divmod(number, self._count(i + 1, point))
                point[entry.name] = values[place]
                continue
            for value in values:
                point[entry.name] = value
                inside = self._count(i + 1, point)
                if number < inside:
                    break
                number -= inside
        return point

    def _count(self, place: int, point: Point) -> int:
        """Points that begin with these values of the hyperparameters before the place."""
        if place == len(self._entries):
            return 1
        known = {name: v for name, v in point.items() if name in self._needed[place]}
        key = (place, tuple(sorted(known.items())))
        if key not in self._counts:
            self._counts[key] = self._count_fresh(place, known)
        return self._counts[key]

    def _count_fresh(self, place: int, known: Point) -> int:
        entry = self._entries[place]
        if not entry.active(known):
            return self._count(place + 1, known)
        values = self._axes[entry.name]
        if entry.name not in self._needed[place + 1]:
            return len(values) * self._count(place + 1, known)
        return sum(self._count(place + 1, {**known, entry.name: value}) for value in values)


def whole_numbers(space: Space) -> Lattice | None:
    """Every point of a space without real numbers; None where there is a Float."""
    if any(isinstance(entry.range, Float) for entry in space):
        return None
    return Lattice(space, {entry.name: _all_values(entry.range) for entry in space})


def _all_values(values: Range) -> Sequence[int]:
    if isinstance(values, Choice):
        return range(len(values.options))
    assert isinstance(values, Int)
    return range(int(values.low), int(values.high) + 1)


@dataclass(frozen=True)
class Grid(Sampler):
    """Every combination of a few values of each hyperparameter, then the end.

    A Float has its ends and evenly spaced values between (evenly in the
    logarithm where ``log=True``), an Int the same, rounded, and all of its values
    if they are few enough; a Choice has all of its options. Points come scattered
    over the grid, in an order that the seed decides: a search that ends before
    the grid does has not kept the first hyperparameters at their lowest.

    Args:
        points_per_axis: values of a Float or an Int, at least 2.

    Raises:
        SpaceError: fewer than two values.
    """

    points_per_axis: int = 5

    kind: ClassVar[str] = "grid"
    adaptive: ClassVar[bool] = False

    def __post_init__(self) -> None:
        count = self.points_per_axis
        if isinstance(count, bool) or not isinstance(count, int) or count < 2:
            raise SpaceError(
                "points_per_axis is a whole number", expected="at least 2", received=repr(count)
            )

    def points(self, space: Space) -> Lattice:
        """All points: iterable, with a length."""
        return Lattice(space, {entry.name: self._values(entry.range) for entry in space})

    def start(self, space: Space, seed: int) -> State:
        """Seed, and how many points have been proposed."""
        return {"kind": self.kind, "seed": checked_seed(seed), "next": 0}

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        return {"seed": whole(), "next": whole(0, trials)}

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points; fewer where the grid ends."""
        if len(space) == 0:
            return [{} for _ in range(count)], state
        lattice, first = self.points(space), int(state["next"])
        end = min(first + count, lattice.size)
        begin, stride = _scatter(lattice.size, int(state["seed"]))
        numbers = ((begin + k * stride) % lattice.size for k in range(first, end))
        return [lattice.point(number) for number in numbers], {**state, "next": end}

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """Nothing is learned from results."""
        return state

    def _values(self, values: Range) -> Sequence[int | float]:
        if isinstance(values, Choice):
            return range(len(values.options))
        steps = self.points_per_axis - 1
        if isinstance(values, Float):
            return [values.from_unit(i / steps) for i in range(steps + 1)]
        low, high = int(values.low), int(values.high)
        if high - low <= steps:
            return range(low, high + 1)
        ends = values.to_unit(low), values.to_unit(high)
        return list(dict.fromkeys(
            values.from_unit(ends[0] + (ends[1] - ends[0]) * i / steps) for i in range(steps + 1)
        ))  # fmt: skip


def _scatter(size: int, seed: int) -> tuple[int, int]:
    """Where to begin and how far to go each time, so that each of the numbers comes once."""
    rng = generator(seed, 0)
    begin, stride = (int(rng.integers(min(size, 2**62))) for _ in range(2))
    while math.gcd(stride, size) != 1:
        stride += 1
    return begin, stride
