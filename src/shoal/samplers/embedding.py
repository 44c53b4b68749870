"""Points of a mixed space as real vectors, for samplers that move."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from jaxtyping import Float64

from shoal.space import Choice, Point, Space

Vector = Float64[np.ndarray, " size"]

_CHOSEN, _OTHER = 0.75, 0.25


class Embedding:
    """A coordinate in [0, 1] for each number, and one for each option of a choice.

    The option with the largest coordinate is chosen (random keys), so options
    have no order, and to move towards a point is to grow more likely to choose
    as it does. What is not active keeps its coordinates: they count again when
    a choice reaches them.

    Source: Bean, "Genetic algorithms and random keys for sequencing and
    optimization", ORSA J. Computing 6 (1994).
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        widths = [len(e.range.options) if isinstance(e.range, Choice) else 1 for e in space]
        ends = np.cumsum([0, *widths])
        self.slots = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        self.size = int(ends[-1])

    def decode(self, vector: Vector) -> Point:
        """The point that a vector stands for."""
        point: Point = {}
        for entry, slot in zip(self.space, self.slots, strict=True):
            if not entry.active(point):
                continue
            if isinstance(entry.range, Choice):
                point[entry.name] = int(np.argmax(vector[slot]))
            else:
                point[entry.name] = entry.range.from_unit(float(vector[slot.start]))
        return point

    def encode(self, point: Point) -> Vector:
        """A vector that stands for the point; the middle for what is not active."""
        vector = np.full(self.size, 0.5)
        for entry, slot in zip(self.space, self.slots, strict=True):
            if entry.name not in point:
                continue
            value = point[entry.name]
            if isinstance(entry.range, Choice):
                vector[slot] = _OTHER
                vector[slot.start + int(value)] = _CHOSEN
            else:
                vector[slot] = entry.range.to_unit(value)
        return vector
