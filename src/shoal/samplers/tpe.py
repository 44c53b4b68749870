"""Tree-structured Parzen estimators."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shoal.errors import SpaceError
from shoal.samplers.novelty import Novelty, key_of
from shoal.samplers.parzen import Parzen, point_of, rows_of
from shoal.samplers.sampler import Fields, Sampler, State, Told
from shoal.samplers.seeds import checked_seed, generator
from shoal.samplers.sobol import evenly
from shoal.samplers.state_schema import point_of as point_schema
from shoal.schema import by_name, listed, number, row, text, whole
from shoal.space import Point, Space

GOOD, MOST_GOOD = 0.1, 25
"""The share of the results that counts as good, and how many at most."""

REMEMBERED = 200
"""Results that are not good and are kept, the newest: a long study's state stays short."""


@dataclass(frozen=True)
class TPE(Sampler):
    """Proposes what is likely among good points and unlikely among the others.

    Of candidates drawn from the density l of the best tenth, the one with the largest
    l(x) / g(x) is proposed; g is the density of all others. Failed and diverged
    trials are among these, and so are trials in flight, which keeps points that are
    asked for together apart. The first points are a Sobol sequence.

    Source: Bergstra and others, "Algorithms for hyper-parameter optimization",
    NIPS 24 (2011); widths of kernels and shares: Watanabe, "Tree-structured Parzen
    estimator: understanding its algorithm components and their roles for better
    empirical performance" (2023), with a cap on what is remembered.

    Args:
        first: points before anything is learned, at least 1.
        candidates: points among which one is proposed, at least 1.

    Raises:
        SpaceError: too few of either.
    """

    first: int = 10
    candidates: int = 32

    kind: ClassVar[str] = "tpe"
    adaptive: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("first", "candidates"):
            count = getattr(self, name)
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise SpaceError(
                    f"{name} is a whole number", expected="at least 1", received=repr(count)
                )

    def start(self, space: Space, seed: int) -> State:
        """Seed, numbers of proposals and results, the best, some others, and what is in flight."""
        return {"kind": self.kind, "seed": checked_seed(seed), "asked": 0, "told": 0, "best": [],
                "others": [], "pending": {}, "seen": []}  # fmt: skip

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        point = point_schema(space)
        return {"seed": whole(), "asked": whole(0, trials), "told": whole(),
                "best": listed(row(number(), point)), "others": listed(point),
                "pending": by_name(point), "seen": listed(text)}  # fmt: skip

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points; fewer where the space has no more."""
        novelty, pending = Novelty(space, state["seen"]), dict(state["pending"])
        asked, points = int(state["asked"]), list[Point]()
        for _ in range(count):
            rng = generator(state["seed"], asked)
            proposals = self._proposals(space, {**state, "asked": asked, "pending": pending}, rng)
            point = novelty.fresh(proposals.__next__, rng)
            if point is None:
                break
            pending[key_of(point)] = point
            points.append(point)
            asked += 1
        return points, {**state, "asked": asked, "pending": pending, "seen": novelty.to_json()}

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
        """The best stay, in order; the others as far as they are new."""
        novelty = Novelty(space, state["seen"])
        novelty.note_all(told.point for told in results)
        best, others, pending = list(state["best"]), list(state["others"]), dict(state["pending"])
        for told in results:
            pending.pop(key_of(told.point), None)
            if told.objective is None or not math.isfinite(told.objective):
                others.append(dict(told.point))
                continue
            insort(best, [float(told.objective), dict(told.point)], key=lambda entry: entry[0])
            others += [point for _, point in best[MOST_GOOD:]]
            del best[MOST_GOOD:]
        return {**state, "told": int(state["told"]) + len(results), "best": best,
                "others": others[-REMEMBERED:], "pending": pending,
                "seen": novelty.to_json()}  # fmt: skip

    def unlearn(self, space: Space, state: State, awaited: Sequence[Point]) -> State:
        """What was good or not is among the others, unless it is awaited."""
        coming = {key_of(point): dict(point) for point in awaited}
        known = [*state["others"], *(point for _, point in state["best"])]
        others = [point for point in known if key_of(point) not in coming]
        return {**state, "told": 0, "best": [], "others": others[-REMEMBERED:],
                "pending": {**state["pending"], **coming}}  # fmt: skip

    def give_up(self, space: Space, state: State, points: Sequence[Point]) -> State:
        """These are among the others, and the share that is good is none of theirs."""
        gone = set(map(key_of, points))
        pending = {key: point for key, point in state["pending"].items() if key not in gone}
        others = [*state["others"], *map(dict, points)]
        return {**state, "others": others[-REMEMBERED:], "pending": pending}

    def _proposals(self, space: Space, state: State, rng: np.random.Generator) -> Iterator[Point]:
        """Points without end, those to be preferred first."""
        best = [point for _, point in state["best"]]
        if state["asked"] < self.first or len(best) < 2:
            yield from evenly(space, state["seed"], state["asked"], rng)
        many = max(2, min(math.ceil(GOOD * state["told"]), len(best)))
        others = [*best[many:], *state["others"], *state["pending"].values()]
        likely = Parzen(space, rows_of(space, best[:many]))
        unlikely = Parzen(space, rows_of(space, others))
        while True:
            drawn = [point_of(space, row) for row in likely.draw(rng, self.candidates)]
            rows = rows_of(space, drawn)
            gain = likely.log_density(rows) - unlikely.log_density(rows)
            yield from (drawn[i] for i in np.argsort(-gain, kind="stable"))
