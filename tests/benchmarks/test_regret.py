"""Regret: 0 at the best point, 1 at a guess; the summary's means and intervals."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.regret.contest import mean_with_interval, played
from benchmarks.regret.functions import functions
from benchmarks.regret.players import shoal_player
from benchmarks.rows.regret import summary
from shoal.samplers import Random

BEST = {
    "sphere": [0.0] * 6,
    "rosenbrock": [1.0] * 4,
    "ackley": [0.0] * 6,
    "rastrigin": [0.0] * 4,
    "hartmann6": [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
    "branin": [np.pi, 2.275],
    "mixed": [10**-2.5, 32, 0.1, 0, 1],
}
PROBLEMS = {problem.name: problem for problem in functions()}


@pytest.mark.parametrize("name", BEST)
def test_the_best_point_has_no_regret(name):
    problem = PROBLEMS[name]
    point = dict(zip(problem.space.names(), BEST[name], strict=True))
    problem.space.check(point)
    assert problem.cost(point) == pytest.approx(problem.least, abs=1e-5)
    assert problem.regret(problem.usual) == 1.0


def test_the_best_so_far_never_grows_worse():
    regrets = played(PROBLEMS["branin"], shoal_player(Random()), seeds=3, marks=(1, 5, 20))
    assert regrets.shape == (3, 3)
    assert (np.diff(regrets, axis=1) <= 0).all()
    assert (regrets >= 0).all()


def test_means_and_intervals():
    rng = np.random.default_rng(0)
    seeds = [rng.normal(2.0, 1.0, 400), rng.normal(4.0, 1.0, 400)]
    center, low, high = mean_with_interval(seeds)
    assert center == pytest.approx(np.mean(seeds), abs=1e-4)
    error = 1.96 * np.sqrt(2) / np.sqrt(400) / 2
    assert (high - low) / 2 == pytest.approx(error, rel=0.1)


def test_the_summary_is_by_family():
    curves = {"A": {"f/x": np.full((2, 1), 1.0), "g/y": np.full((2, 1), 3.0)}}
    assert summary(curves, (7,)) == {
        "A": {
            "all": {"7": [2.0, 2.0, 2.0]},
            "f": {"7": [1.0, 1.0, 1.0]},
            "g": {"7": [3.0, 3.0, 3.0]},
        }
    }
