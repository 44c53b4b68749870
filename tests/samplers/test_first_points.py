"""The points that come before a sampler's: in their order, never again, and learned from."""

from __future__ import annotations

import json

import pytest

from shoal.samplers import TPE, FirstPoint, Genetic, Grid, ParticleSwarm, Random, TrialResult
from shoal.samplers.first_points import ask, distinct
from shoal.space import Choice, Float, Int, Space


def first_of(space, count):
    points = Random().ask(space, Random().start(space, 77), count)[0]
    return distinct(FirstPoint(point, "hand") for point in points)


def test_they_come_first_and_the_sampler_goes_on(sampler, space):
    first = first_of(space, 5)
    state, points = sampler.start(space, 0), []
    for count in (2, 4, 3):
        more, state = ask(first, sampler, space, state, len(points), count)
        points += more
        state = json.loads(json.dumps(state))
        results = [TrialResult(i, p, float(i)) for i, p in enumerate(more, len(points) - len(more))]
        state = sampler.tell(space, state, results)
    assert points[: len(first)] == [one.point for one in first]
    for point in points:
        space.check(point)
    if len(space):
        assert len({json.dumps(p, sort_keys=True) for p in points}) == len(points)


def test_asking_twice_is_asking_once(sampler, space):
    first, start = first_of(space, 3), sampler.start(space, 4)
    whole = ask(first, sampler, space, start, 0, 8)
    for cut in (1, 3, 5):
        some, state = ask(first, sampler, space, start, 0, cut)
        more, end = ask(first, sampler, space, state, cut, 8 - cut)
        assert (some + more, end) == whole


@pytest.mark.parametrize("told_at_once", [True, False])
def test_a_finite_space_is_tried_once(sampler, told_at_once):
    space = Space((Int(1, 3, name="n"), Choice("a", Int(5, 6, name="m"), name="c")))
    first = first_of(space, 4)
    state, points = sampler.start(space, 0), []
    for count in (1, 2, 3, 9):
        more, state = ask(first, sampler, space, state, len(points), count)
        results = [TrialResult(i, p, 0.5 * i) for i, p in enumerate(more, len(points))]
        points += more
        if told_at_once:
            state = sampler.tell(space, state, results)
    assert len(points) == 9
    assert len({json.dumps(p, sort_keys=True) for p in points}) == 9


def test_a_grid_leaves_out_what_was_tried():
    space = Space(Float(0.0, 1.0, name="x"))
    first = [FirstPoint({"x": 0.5}, "defaults"), FirstPoint({"x": 0.3}, "hand")]
    points, _ = ask(first, Grid(3), space, Grid(3).start(space, 0), 0, 10)
    assert points[:2] == [{"x": 0.5}, {"x": 0.3}]
    assert sorted(point["x"] for point in points[2:]) == [0.0, 1.0]


@pytest.mark.parametrize(
    "learner",
    [ParticleSwarm(4), Genetic(population_size=4), TPE(n_startup_trials=4)],
    ids=lambda s: s.kind,
)
def test_learners_start_from_them(learner):
    """Told of a good region by hand, a sampler finds better points than without."""
    space = Space(tuple(Float(0.0, 1.0, name=f"x{i}") for i in range(6)))

    def cost(point):
        return sum(abs(x - 0.85) for x in point.values())

    def best(first, seed):
        state, points = learner.start(space, seed), []
        while len(points) < 20:
            more, state = ask(first, learner, space, state, len(points), 1)
            state = learner.tell(space, state, [TrialResult(len(points), more[0], cost(more[0]))])
            points += more
        return min(map(cost, points[3:]))

    good = [FirstPoint(dict.fromkeys(space.names(), 0.8 + 0.01 * i), "hand") for i in range(3)]
    assert sum(best(good, s) for s in range(4)) < 0.6 * sum(best([], s) for s in range(4))


def test_plain_data_and_back():
    for one in (
        FirstPoint({"x": 1}, "defaults"),
        FirstPoint({"x": 2.5, "y": 0}, "prior", "old.study", 7, 1),
    ):
        assert FirstPoint.from_json(json.loads(json.dumps(one.to_json()))) == one


def test_points_that_come_again_come_once():
    points = [FirstPoint({"x": 1}, "defaults"), FirstPoint({"x": 1}, "hand")]
    assert distinct(points) == (points[0],)
