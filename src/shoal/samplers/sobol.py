"""Search along a sequence that fills the space evenly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shoal.samplers.novelty import ATTEMPTS, Novelty, uniform
from shoal.samplers.sampler import Fields, Sampler, State, Told
from shoal.samplers.seeds import checked_seed, generator
from shoal.schema import listed, text, whole
from shoal.space import Point, Space


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

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
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
