"""Points drawn at random, or along a sequence that fills the space evenly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import ClassVar

import numpy as np

from shoal.samplers.grid import whole_numbers
from shoal.samplers.sampler import Fields, Sampler, State, TrialResult, checked_seed, generator
from shoal.space import Float, Point, Space
from shoal.utils.schema import listed, text, whole

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
        lattice = whole_numbers(self._space)
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


@dataclass(frozen=True)
class Random(Sampler):
    """Independent points, uniform in the unit cube that the ranges map to their values.

    Point k depends on the seed, on k and on the points before alone, so it does
    not matter how many are asked for at once. No point comes twice.

    Source: Bergstra and Bengio, "Random search for hyper-parameter
    optimization", JMLR 13 (2012).
    """

    kind: ClassVar[str] = "random"
    adaptive: ClassVar[bool] = False

    def start(self, space: Space, seed: int) -> State:
        """Seed, how many points have been drawn, and which could come up again."""
        return {"kind": self.kind, "seed": checked_seed(seed), "drawn": 0, "seen": []}

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        return {"seed": whole(), "drawn": whole(0, trials), "seen": listed(text)}

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points."""
        first, seed = int(state["drawn"]), int(state["seed"])
        novelty = Novelty(space, state["seen"])
        points: list[Point] = []
        for number in range(first, first + count):
            rng = generator(seed, number)
            point = novelty.fresh(partial(uniform, space, rng), rng)
            if point is None:
                break
            points.append(point)
        return points, {**state, "drawn": first + len(points), "seen": novelty.to_json()}

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """Nothing is learned from results."""
        return state


@dataclass(frozen=True)
class Sobol(Sampler):
    """A scrambled Sobol sequence in the unit cube.

    Any 2^m points from the start leave no large part of the space out. Where
    the next point of the sequence decodes to a known one, it is passed over.

    Source: Sobol, "On the distribution of points in a cube", USSR Comput. Math.
    7 (1967); scrambling: Owen, "Randomly permuted (t, m, s)-nets" (1995).
    """

    kind: ClassVar[str] = "sobol"
    adaptive: ClassVar[bool] = False

    def start(self, space: Space, seed: int) -> State:
        """Seed, the place in the sequence, and which points could come up again."""
        return {"kind": self.kind, "seed": checked_seed(seed), "place": 0, "seen": []}

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        # Known points of the sequence are passed over.
        place = whole(0, (ATTEMPTS + 1) * (trials + 1))
        return {"seed": whole(), "place": place, "seen": listed(text)}

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points."""
        novelty = Novelty(space, state["seen"])
        seed, place = int(state["seed"]), int(state["place"])
        units = sequence(len(space), seed, place)
        points: list[Point] = []

        def draw() -> Point:
            nonlocal place
            place += 1
            return space.from_unit(next(units)[: len(space)])

        for _ in range(count):
            point = novelty.fresh(draw, generator(seed, place))
            if point is None:
                break
            points.append(point)
        return points, {**state, "place": place, "seen": novelty.to_json()}

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """Nothing is learned from results."""
        return state


def evenly(space: Space, seed: int, number: int, rng: np.random.Generator) -> Iterator[Point]:
    """The point of that number of the sequence, then uniform points without end."""
    yield space.from_unit(next(sequence(len(space), seed, number))[: len(space)])
    while True:
        yield uniform(space, rng)


def sequence(dimensions: int, seed: int, place: int) -> Iterator[list[float]]:
    """The sequence from its place on; at least one number a point."""
    from scipy.stats import qmc  # takes a second: not for the help of the command

    engine = qmc.Sobol(max(dimensions, 1), rng=generator(seed, 0))
    if place:
        engine.fast_forward(place)
    while True:
        yield engine.random(1)[0].tolist()
