"""Random search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from shoal.samplers.novelty import Novelty, uniform
from shoal.samplers.sampler import Fields, Sampler, State, Told
from shoal.samplers.seeds import checked_seed, generator
from shoal.schema import listed, text, whole
from shoal.space import Point, Space


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

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
        """Nothing is learned from results."""
        return state
