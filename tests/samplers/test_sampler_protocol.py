"""What every sampler keeps to, whatever it proposes."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from shoal.errors import SpaceError
from shoal.samplers import Sampler, Told
from shoal.samplers.reading import sampler_from_json, sampler_to_json
from shoal.space import Choice, Int, Space


def objective(point):
    """Some number, less where the values are small."""
    return sum(math.sin(float(value) + index) for index, value in enumerate(point.values()))


def told(points, first=0):
    """What came of points: every fifth diverged."""
    return [
        Told(number, point, None if number % 5 == 4 else objective(point))
        for number, point in enumerate(points, first)
    ]


def rounds(sampler, space, state, counts, first=0):
    """Points of several rounds of asking and telling, and the state after them."""
    points = []
    for count in counts:
        asked, state = sampler.ask(space, state, count)
        assert len(asked) == count or sampler.kind == "grid"
        state = sampler.tell(space, state, told(asked, first + len(points)))
        points.extend(asked)
    return points, state


def test_it_is_a_sampler(sampler):
    assert isinstance(sampler, Sampler)
    assert isinstance(sampler.kind, str)
    assert isinstance(sampler.adaptive, bool)


def test_every_point_is_one_of_the_space(sampler, space):
    points, _ = rounds(sampler, space, sampler.start(space, 0), [7, 20, 13])
    for point in points:
        space.check(point)
        assert json.loads(json.dumps(point)) == point


def test_the_seed_decides_and_nothing_else(sampler, space):
    def run(seed):
        return rounds(sampler, space, sampler.start(space, seed), [5, 5, 5])

    assert run(3) == run(3)
    if len(space) and sampler.kind != "grid":
        assert run(3)[0] != run(4)[0]


def test_asking_twice_is_asking_once_for_as_many(sampler, space):
    start = sampler.start(space, 1)
    whole, end = sampler.ask(space, start, 9)
    for cut in (0, 1, 4, 9):
        first, middle = sampler.ask(space, start, cut)
        second, last = sampler.ask(space, middle, 9 - cut)
        assert first + second == whole
        assert last == end


def test_the_state_is_plain_json_and_goes_on_as_if_never_stopped(sampler, space):
    state = sampler.start(space, 2)
    for stop in range(4):
        stored = json.dumps(state, allow_nan=False)
        assert json.loads(stored) == state
        going_on = rounds(sampler, space, state, [3, 2], first=5 * stop)
        assert rounds(sampler, space, json.loads(stored), [3, 2], first=5 * stop) == going_on
        state = going_on[1]


def test_the_state_that_went_in_is_left_as_it_was(sampler, space):
    state = sampler.start(space, 0)
    before = json.dumps(state)
    points, _ = sampler.ask(space, state, 4)
    assert json.dumps(state) == before
    sampler.tell(space, state, told(points))
    assert json.dumps(state) == before


def test_results_may_come_late_and_in_parts(sampler, space):
    asked, state = sampler.ask(space, sampler.start(space, 0), 8)
    results = told(asked)
    state = sampler.tell(space, state, results[4:6])
    more, state = sampler.ask(space, state, 3)
    state = sampler.tell(space, state, results[:4] + results[6:])
    state = sampler.tell(space, state, told(more, first=8))
    for point in sampler.ask(space, state, 3)[0]:
        space.check(point)


def test_a_search_in_which_everything_diverges_goes_on(sampler, space):
    state = sampler.start(space, 0)
    for first in range(0, 12, 4):
        points, state = sampler.ask(space, state, 4)
        results = [Told(first + k, point, None) for k, point in enumerate(points)]
        state = sampler.tell(space, state, results)
        for point in points:
            space.check(point)


def test_asking_for_none_changes_nothing(sampler, space):
    state = sampler.start(space, 0)
    assert sampler.ask(space, state, 0) == ([], state)
    assert sampler.tell(space, state, []) == state


def test_a_seed_of_numpy_is_a_seed(sampler, space):
    assert sampler.start(space, np.int64(7)) == sampler.start(space, 7)
    json.dumps(sampler.start(space, np.int64(7)))


def test_nothing_to_search_gives_empty_points(sampler):
    nothing = Space()
    points, _ = sampler.ask(nothing, sampler.start(nothing, 0), 3)
    assert points == [{}, {}, {}]


def test_a_finite_space_is_tried_once_and_then_ends(sampler):
    space = Space((Int(1, 3, name="n"), Choice("a", Int(5, 6, name="m"), name="c")))
    points, state = rounds(sampler, space, sampler.start(space, 0), [])
    for count in (1, 4, 30, 3):
        asked, state = sampler.ask(space, state, count)
        state = sampler.tell(space, state, told(asked, len(points)))
        points += asked
    assert len(points) == 3 * (1 + 2)
    assert len({json.dumps(p, sort_keys=True) for p in points}) == len(points)


def test_bad_objectives_are_no_results(sampler, space):
    points, state = sampler.ask(space, sampler.start(space, 0), 6)
    bad = [math.nan, math.inf, -math.inf, None, math.nan, math.inf]
    state = sampler.tell(space, state, [Told(k, points[k], bad[k]) for k in range(len(points))])
    json.dumps(state, allow_nan=False)
    for point in sampler.ask(space, state, 4)[0]:
        space.check(point)


@pytest.mark.parametrize("seed", [-1, 0.5, True, "1"])
def test_a_seed_is_a_whole_number_from_zero(sampler, seed):
    with pytest.raises(SpaceError, match=r"seed is a whole number from 0.*received"):
        sampler.start(Space(), seed)


def test_settings_come_back_from_a_file(sampler):
    assert sampler_from_json(json.loads(json.dumps(sampler_to_json(sampler)))) == sampler
