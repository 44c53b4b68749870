"""Random search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shoal.samplers.sampler import State, Told
from shoal.space import Point, Space


@dataclass(frozen=True)
class Random:
    """Independent points, uniform in the unit cube that the ranges map to their values.

    Point k depends on the seed and on k alone, so it does not matter how many
    are asked for at once.

    Source: Bergstra and Bengio, "Random search for hyper-parameter
    optimization", JMLR 13 (2012).
    """

    kind: ClassVar[str] = "random"
    adaptive: ClassVar[bool] = False

    def start(self, space: Space, seed: int) -> State:
        """Seed, and how many points have been drawn."""
        return {"kind": self.kind, "seed": int(seed), "drawn": 0}

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points."""
        first, seed = int(state["drawn"]), int(state["seed"])
        points = [
            space.from_unit(np.random.default_rng([seed, k, 0x5EA]).random(len(space)).tolist())
            for k in range(first, first + count)
        ]
        return points, {**state, "drawn": first + count}

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
        """Nothing is learned from results."""
        return state
