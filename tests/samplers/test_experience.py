"""Points from earlier studies: the best, apart from each other, brought into the new space."""

from __future__ import annotations

from itertools import pairwise

import pytest

from shoal.samplers import TPE, Random, TrialResult
from shoal.samplers.first_points import APART, Experience, ask, distance, points_from, snapped
from shoal.space import Choice, Float, Int, Space

SPACE = Space(
    (
        Float(1e-4, 1e-1, log=True, name="rate"), Int(4, 64, name="units", default=16),
        Choice("relu", (Float(0.0, 1.0, name="slope"),), "tanh", name="kind", default="tanh"),
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"rate": 1.0, "units": 70, "kind": "relu"}, {"rate": 0.1, "units": 64, "kind": 0}),
        ({"units": 7.6}, {"rate": pytest.approx(10**-2.5), "units": 8, "kind": 2}),
        ({"rate": 0.01, "kind": "gelu"}, {"rate": 0.01, "units": 16, "kind": 2}),
        ({"rate": 0.01, "slope": 0.3}, {"rate": 0.01, "units": 16, "kind": 2}),
        ({"rate": "high", "units": 5}, {"rate": pytest.approx(10**-2.5), "units": 5, "kind": 2}),
    ],
)
def test_a_point_is_brought_into_the_space(given, expected):
    point = snapped(SPACE, given)
    assert point == expected
    SPACE.check(point)


def test_a_point_of_other_names_is_none_of_the_space():
    assert snapped(SPACE, {"depth": 3}) is None
    assert snapped(Space(), {"rate": 0.1}) is None


def test_the_best_come_first_apart_from_each_other_and_by_turns():
    line = Space(Float(0.0, 1.0, name="x"))
    one = Experience("one", [(7, {"x": 0.5}), (3, {"x": 0.51}), (9, {"x": 0.7}), (1, {"x": 0.1})])
    two = Experience("two", [(0, {"x": 0.9}), (1, {"y": 0.3})])
    found = points_from(line, [one, two], trials=40)
    assert [(p.study, p.trial, p.rank, p.point["x"]) for p in found] == [
        ("one", 7, 1, 0.5), ("two", 0, 1, 0.9), ("one", 9, 3, 0.7), ("one", 1, 4, 0.1)
    ]  # fmt: skip
    assert points_from(line, [one, two], trials=16) == found[:2]
    many = Experience("many", [(i, {"x": i / 999}) for i in range(1000)])
    found = points_from(line, [many], trials=10_000)
    assert len(found) <= 10
    places = [p.point["x"] for p in found]
    assert min(b - a for a, b in pairwise(places)) >= APART


def test_the_distance_is_by_hyperparameter():
    point = {"rate": 1e-2, "units": 16, "kind": 0}
    assert distance(SPACE, point, point) == 0.0
    assert distance(SPACE, point, {**point, "rate": 1e-1}) == pytest.approx(1 / 9)
    assert distance(SPACE, point, {**point, "kind": 1, "slope": 0.5}) == pytest.approx(2 / 4)
    assert distance(Space(), {}, {}) == 0.0


def searched(space, cost, first, seed, trials):
    sampler = TPE()
    state, costs, points = sampler.start(space, seed), [], []
    for number in range(trials):
        (point,), state = ask(first, sampler, space, state, number, 1)
        costs.append(cost(point))
        points.append(point)
        state = sampler.tell(space, state, [TrialResult(number, point, costs[-1])])
    order = sorted(range(trials), key=lambda i: costs[i])
    return min(costs), Experience("x", [(i, space.describe(points[i])) for i in order])


def test_a_good_study_helps_and_a_misleading_one_costs_little():
    space = Space(tuple(Float(0.0, 1.0, name=f"x{i}") for i in range(5)))

    def around(center):
        return lambda point: sum((x - center) ** 2 for x in point.values())

    none, helped, misled = 0.0, 0.0, 0.0
    guess, _ = Random().ask(space, Random().start(space, 0), 40)
    usual = sum(map(around(0.7), guess)) / 40
    for seed in range(4):
        _, good = searched(space, around(0.65), (), 100 + seed, 40)
        _, bad = searched(space, around(0.1), (), 100 + seed, 40)
        none += searched(space, around(0.7), (), seed, 24)[0]
        helped += searched(space, around(0.7), points_from(space, [good], 24), seed, 24)[0]
        misled += searched(space, around(0.7), points_from(space, [bad], 24), seed, 24)[0]
    assert helped < 0.7 * none
    assert misled < none + 4 * 0.2 * usual
