"""No point twice: a trial's seed is the study's, so the same point would end the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import blake2b

import numpy as np

from shoal.samplers.lattice import whole
from shoal.space import Float, Point, Space

ATTEMPTS = 100
"""Proposals that may turn out to be known before an unknown point is looked up."""


def uniform(space: Space, rng: np.random.Generator) -> Point:
    """A point drawn uniformly from the unit cube."""
    return space.from_unit(rng.random(len(space)).tolist())


def key_of(point: Point) -> str:
    """A short text, the same for the same decoded point."""
    text = json.dumps(point, sort_keys=True)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def repeatable(space: Space, point: Point) -> bool:
    """Whether the point could come up again: nothing in it is a real number."""
    return not any(entry.name in point and isinstance(entry.range, Float) for entry in space)


class Novelty:
    """The points that were proposed, as far as they could come up again.

    Points with a real number in them are not remembered: they do not repeat,
    and a long study's state stays short.

    Args:
        space: the space.
        seen: keys of the points proposed so far.
    """

    def __init__(self, space: Space, seen: Iterable[str]) -> None:
        self._space = space
        self._seen = dict.fromkeys(seen)

    def note(self, point: Point) -> None:
        """Remember a point."""
        if len(self._space) and repeatable(self._space, point):
            self._seen[key_of(point)] = None

    def note_all(self, points: Iterable[Point]) -> None:
        """Remember points; those that are known stay where they are."""
        for point in points:
            self.note(point)

    def is_new(self, point: Point) -> bool:
        """Whether the point was not proposed before; a space of one point is never used up."""
        return len(self._space) == 0 or key_of(point) not in self._seen

    def fresh(self, draw: Callable[[], Point], rng: np.random.Generator) -> Point | None:
        """A new point, remembered; None where the space has no more.

        Args:
            draw: proposes a point, another one each time.
            rng: finds a point where proposals keep being known.
        """
        for _ in range(ATTEMPTS):
            point = draw()
            if self.is_new(point):
                self.note(point)
                return point
        return self._looked_up(rng)

    def _looked_up(self, rng: np.random.Generator) -> Point | None:
        lattice = whole(self._space)
        if lattice is None:
            # A branch with real numbers is left: uniform draws reach it.
            while not self.is_new(point := uniform(self._space, rng)):
                pass
            return point
        start = int(rng.integers(min(lattice.size, 2**62)))
        for step in range(min(lattice.size, len(self._seen) + 1)):
            point = lattice.point((start + step) % lattice.size)
            if self.is_new(point):
                self.note(point)
                return point
        return None

    def to_json(self) -> list[str]:
        """The keys, in the order in which the points were proposed."""
        return list(self._seen)
