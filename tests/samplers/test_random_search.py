"""Random search: uniform, independent, and each point by its number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from shoal.samplers import Random, TrialResult
from shoal.space import Choice, Float, Int, Space


def drawn(space, count=3000, seed=0):
    return Random().ask(space, Random().start(space, seed), count)[0]


def test_points_are_uniform_in_the_unit_cube():
    space = Space((Float(0.0, 1.0, name="a"), Float(0.0, 1.0, name="b")))
    points = np.array([[p["a"], p["b"]] for p in drawn(space)])
    for column in points.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(points.T)[0, 1]) < 5 / np.sqrt(len(points))
    assert abs(np.corrcoef(points[1:, 0], points[:-1, 0])[0, 1]) < 5 / np.sqrt(len(points))


def test_every_value_of_a_choice_and_of_an_int_is_as_likely():
    space = Space((Int(1, 5, name="n"), Choice("a", "b", "c", name="c")))
    points = drawn(space)
    for name, size in (("n", 5), ("c", 3)):
        _, counts = np.unique([p[name] for p in points], return_counts=True)
        assert len(counts) == size
        assert stats.chisquare(counts).pvalue > 1e-4


def test_seeds_are_independent():
    space = Space(Float(0.0, 1.0, name="a"))
    one, two = ([p["a"] for p in drawn(space, 500, seed)] for seed in (0, 1))
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(500)
    assert not set(one) & set(two)


def test_point_k_is_the_same_whatever_was_told():
    space = Space(Float(0.0, 1.0, name="a"))
    start = Random().start(space, 0)
    points, state = Random().ask(space, start, 3)
    told = Random().tell(space, state, [TrialResult(0, points[0], 1.0)])
    assert Random().ask(space, told, 2)[0] == drawn(space, 5)[3:]
    assert not Random.adaptive


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**40])
def test_any_seed_will_do(seed):
    assert len(drawn(Space(Float(0.0, 1.0)), 2, seed)) == 2
