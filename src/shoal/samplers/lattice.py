"""Finitely many points of a space: counted, and each made from its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from shoal.space import Choice, Float, Int, Point, Range, Space

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


def whole(space: Space) -> Lattice | None:
    """Every point of a space without real numbers; None where there is a Float."""
    if any(isinstance(entry.range, Float) for entry in space):
        return None
    return Lattice(space, {entry.name: _all_values(entry.range) for entry in space})


def _all_values(values: Range) -> Sequence[int]:
    if isinstance(values, Choice):
        return range(len(values.options))
    assert isinstance(values, Int)
    return range(int(values.low), int(values.high) + 1)
