"""A genetic algorithm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from shoal.errors import SpaceError
from shoal.samplers.random_search import Novelty, evenly
from shoal.samplers.sampler import Fields, Sampler, State, TrialResult, checked_seed, generator
from shoal.samplers.state_schema import point_of as point_schema
from shoal.space import Choice, Point, Range, Space
from shoal.utils.schema import listed, number, row, text, whole

STEP = 0.1
"""Standard deviation of a mutation of a number, as a share of its range."""

CROSSED = 0.9
"""Chance that a child has two parents."""


@dataclass(frozen=True)
class Genetic(Sampler):
    """Steady state: a child of good points takes the place of the worst as soon as it is told.

    The first points are a Sobol sequence. Then two parents win tournaments; the child
    has each value from one or the other; each value mutates with chance 1/d: a
    number by a normal step, an option to any other. A child that was proposed
    before is mutated again. Failed and diverged trials have no children.

    Source: Whitley, "The GENITOR algorithm and selection pressure" (1989);
    Goldberg and Deb, "A comparative analysis of selection schemes" (1991).

    Args:
        population_size: points that may become parents, at least 2.
        tournament_size: points among which the best becomes a parent, at least 1.
        n_startup_trials: points before the first child, at least 1.

    Raises:
        SpaceError: too few of either.
    """

    population_size: int = 10
    tournament_size: int = 3
    n_startup_trials: int = 8

    kind: ClassVar[str] = "genetic"
    adaptive: ClassVar[bool] = True

    def __post_init__(self) -> None:
        bounds = (("population_size", 2), ("tournament_size", 1), ("n_startup_trials", 1))
        for name, least in bounds:
            count = getattr(self, name)
            if isinstance(count, bool) or not isinstance(count, int) or count < least:
                raise SpaceError(
                    f"{name} is a whole number", expected=f"at least {least}", received=repr(count)
                )

    def start(self, space: Space, seed: int) -> State:
        """Seed, number of proposals, the population, and which points could come up again."""
        return {"kind": self.kind, "seed": checked_seed(seed), "asked": 0, "parents": [],
                "seen": []}  # fmt: skip

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        parent = row(number(), point_schema(space))
        return {"seed": whole(), "asked": whole(0, trials), "parents": listed(parent),
                "seen": listed(text)}  # fmt: skip

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points; fewer where the space has no more."""
        novelty, parents = Novelty(space, state["seen"]), state["parents"]
        asked, points = int(state["asked"]), list[Point]()
        for _ in range(count):
            rng = generator(state["seed"], asked)
            if asked >= self.n_startup_trials and len(parents) >= 2:
                point = novelty.fresh(partial(self._child, space, parents, rng), rng)
            else:
                spread = evenly(space, state["seed"], asked, rng)
                point = novelty.fresh(spread.__next__, rng)
            if point is None:
                break
            points.append(point)
            asked += 1
        return points, {**state, "asked": asked, "seen": novelty.to_json()}

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """The best told so far are the population, in order."""
        novelty = Novelty(space, state["seen"])
        novelty.note_all(told.point for told in results)
        ended = [
            [float(told.objective), dict(told.point)]
            for told in results
            if told.objective is not None and math.isfinite(told.objective)
        ]
        parents = sorted([*state["parents"], *ended], key=lambda entry: entry[0])
        return {**state, "parents": parents[: self.population_size], "seen": novelty.to_json()}

    def unlearn(self, space: Space, state: State, awaited: Sequence[Point]) -> State:
        """Nobody is a parent."""
        return {**state, "parents": []}

    def give_up(self, space: Space, state: State, points: Sequence[Point]) -> State:
        """They have no children, as before they were told."""
        return state

    def _child(self, space: Space, parents: list[Any], rng: np.random.Generator) -> Point:
        first, second = self._winner(parents, rng), self._winner(parents, rng)
        if rng.random() > CROSSED:
            second = first
        child: Point = {}
        for entry in space:
            if not entry.active(child):
                continue
            given = [p[entry.name] for p in (first, second) if entry.name in p]
            if not given:  # no parent had use for it
                child[entry.name] = entry.range.from_unit(float(rng.random()))
                continue
            value = given[int(rng.integers(len(given)))]
            mutates = rng.random() < 1.0 / len(space)
            child[entry.name] = _mutated(entry.range, value, rng) if mutates else value
        return child

    def _winner(self, parents: list[Any], rng: np.random.Generator) -> Point:
        """The best of some; parents are in order."""
        point: Point = parents[int(rng.integers(len(parents), size=self.tournament_size).min())][1]
        return point


def _mutated(values: Range, value: int | float, rng: np.random.Generator) -> int | float:
    if isinstance(values, Choice):
        other = (int(value) + int(rng.integers(1, len(values.options)))) % len(values.options)
        return other
    u = values.to_unit(value) + rng.normal(0.0, STEP)
    u = abs(u) if u < 1.0 else 2.0 - u  # back from the walls
    return values.from_unit(min(max(float(u), 0.0), 1.0))
