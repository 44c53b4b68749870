"""All samplers on all problems: the best regret after some numbers of trials, by seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from jaxtyping import Float64

from benchmarks.regret.functions import functions
from benchmarks.regret.players import PLAYERS, Player
from benchmarks.regret.problem import Problem
from benchmarks.regret.tables import tables

MARKS = (10, 20, 40, 70, 100)
"""Numbers of trials after which the best so far is noted."""

SEEDS = 30

DRAWS = 2000
"""Bootstrap samples of an interval."""

Regrets = Float64[np.ndarray, "seeds marks"]


def problems() -> Iterator[Problem]:
    """Every problem, functions first."""
    return chain(functions(), tables())


def played(
    problem: Problem, player: Player, seeds: int = SEEDS, marks: Sequence[int] = MARKS
) -> Regrets:
    """The best regret so far, by seed and number of trials."""
    rows = []
    for seed in range(seeds):
        best = np.minimum.accumulate(player(problem, seed, marks[-1]))
        rows.append([problem.regret(float(best[mark - 1])) for mark in marks])
    return np.array(rows)


def contest(
    seeds: int = SEEDS,
    marks: Sequence[int] = MARKS,
    players: Mapping[str, Player] = PLAYERS,
) -> Iterator[tuple[Problem, str, Regrets]]:
    """Each problem with each player, as soon as it is done."""
    for problem in problems():
        for name, player in players.items():
            yield problem, name, played(problem, player, seeds, marks)


def mean_with_interval(regrets: Sequence[Float64[np.ndarray, " seeds"]]) -> list[float]:
    """The mean over problems and seeds, and its 95 % interval if seeds are drawn anew.

    Seeds are drawn for each problem on its own; the problems stay what they are.
    """
    rng = np.random.default_rng(0)
    means = np.zeros(DRAWS)
    for problem in regrets:
        means += problem[rng.integers(len(problem), size=(DRAWS, len(problem)))].mean(axis=1)
    low, high = np.quantile(means / len(regrets), [0.025, 0.975])
    center = float(np.mean([problem.mean() for problem in regrets]))
    return [round(float(value), 4) for value in (center, low, high)]
