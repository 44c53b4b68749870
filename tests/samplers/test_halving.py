"""Successive halving: who is stopped, when, and that nothing else decides it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal import Dense, Float, Recipe, Sequential, Space
from shoal.errors import RecipeError
from shoal.optimizers import SGD
from shoal.samplers import Halving, Pruner, Random, RunningTrial


@pytest.fixture(scope="module")
def space():
    return Space(Sequential(Dense(2)), Recipe(optimizer=SGD(Float(0.01, 1.0))))


def reached(epoch, objectives, first=0):
    return [RunningTrial(first + i, epoch, 27, value) for i, value in enumerate(objectives)]


def test_points_are_those_of_random_search(space):
    sampler, other = Halving(), Random()
    assert isinstance(sampler, Pruner)
    assert not isinstance(other, Pruner)
    points = sampler.ask(space, sampler.start(space, 3), 5)[0]
    assert points == other.ask(space, other.start(space, 3), 5)[0]


def test_the_best_third_goes_on_at_rungs_and_nowhere_else(space):
    sampler = Halving(eta=3)
    state = sampler.start(space, 0)
    values = [0.9, 0.1, 0.5, 0.3, 0.8, 0.2, 0.7, 0.4, 0.6]
    stopped, state = sampler.prune(space, state, reached(1, values))
    assert stopped == [0, 2, 4, 6, 7, 8]
    stopped, after = sampler.prune(space, state, reached(2, values))
    assert (stopped, after) == ([], state)
    left = [RunningTrial(n, 3, 27, value) for n, value in ((1, 0.3), (3, 0.1), (5, 0.2))]
    assert sampler.prune(space, state, left)[0] == [1, 5]
    last = [RunningTrial(n, 3, 3, value) for n, value in ((1, 0.3), (3, 0.1), (5, 0.2))]
    assert sampler.prune(space, state, last)[0] == [], "nobody is stopped after the last epoch"


def test_the_first_few_go_on_and_later_ones_are_judged_among_all(space):
    sampler = Halving(eta=3)
    state = sampler.start(space, 0)
    for number, value in enumerate([0.5, 0.9]):
        stopped, state = sampler.prune(space, state, reached(1, [value], number))
        assert stopped == []
    stopped, state = sampler.prune(space, state, reached(1, [0.7], 2))
    assert stopped == [2]
    stopped, state = sampler.prune(space, state, reached(1, [0.4], 3))
    assert stopped == []


@given(st.lists(st.floats(0, 1, width=16), min_size=3, max_size=30), st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_does_not_matter_and_the_state_is_plain_data(space, values, rng):
    sampler = Halving(eta=3)
    start = sampler.start(space, 0)
    told = reached(1, [*values, np.inf])
    stopped, state = sampler.prune(space, start, told)
    shuffled = told[:]
    rng.shuffle(shuffled)
    assert sampler.prune(space, start, shuffled) == (stopped, state)
    assert json.loads(json.dumps(state)) == state
    going_on = [one.objective for one in told if one.number not in stopped]
    better = min(len(values) + 1 - len(going_on), 1)
    assert min(values) in going_on
    assert better == 0 or max(going_on) <= min(
        one.objective for one in told if one.number in stopped
    )


def test_brackets_take_turns_and_begin_later():
    sampler = Halving(eta=3, brackets=3)
    counts = np.bincount([sampler.bracket(n) for n in range(26)])
    assert counts.tolist() == [18, 6, 2]
    late = next(n for n in range(13) if sampler.bracket(n) == 2)
    assert sampler._rung(RunningTrial(late, 3, 27, 0.5)) is None
    assert sampler._rung(RunningTrial(late, 9, 27, 0.5)) == "2:9"


@pytest.mark.parametrize(
    "settings_", [{"eta": 1}, {"min_resource": 0}, {"brackets": 0}, {"eta": 2.5}]
)
def test_what_makes_no_sense_is_refused(settings_):
    with pytest.raises(RecipeError, match=r"of halving is a whole number; expected at least \d"):
        Halving(**settings_)
