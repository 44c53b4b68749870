"""Lanes that train on part of the training split."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import small_problems
from hypothesis import given, settings
from hypothesis import strategies as st

import shoal
from shoal.data import Examples
from shoal.data.prepare import prepare
from shoal.data.splitting.folds import nested_rows
from shoal.data.splitting.split import split
from shoal.engine import Lanes, Objective, Splits
from shoal.engine.lane_count import lane_count
from shoal.engine.splits import epoch_order, repeated_order
from shoal.kernels import backend
from shoal.space import Space

small_problems.share_programs()


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 16), st.integers(1, 4))
def test_a_part_is_gone_through_again_and_again(part, more, batch, epochs):
    whole = part + more
    rows = np.sort(np.random.default_rng(part).permutation(whole)[:part]).astype(np.int32)
    needed = -(-whole // batch)
    orders = [repeated_order(rows, 7, e, needed, needed + 2, batch) for e in range(1, epochs + 1)]
    assert all((order[needed:] == -1).all() for order in orders)
    steps = np.concatenate([order[:needed] for order in orders])
    a_pass = -(-part // batch)
    for start in range(0, len(steps) - a_pass + 1, a_pass):
        seen = steps[start : start + a_pass]
        assert (np.sort(seen[seen >= 0]) == rows).all()
    assert (steps >= 0).any(axis=1).all()  # no step is idle


@given(st.integers(1, 60), st.integers(1, 16), st.integers(1, 5))
def test_all_rows_are_an_ordinary_epoch(count, batch, epoch):
    rows, needed = np.arange(count, dtype=np.int32), -(-count // batch)
    found = repeated_order(rows, 3, epoch, needed, needed + 1, batch)
    np.testing.assert_array_equal(found, epoch_order(3, epoch, count, needed + 1, batch))


@given(st.integers(0, 99))
def test_parts_are_nested_and_have_their_share_of_each_class(seed):
    y = np.repeat([0, 1, 2], [100, 60, 20])
    parts = nested_rows(y, "classification", [9, 18, 90, 180], seed)
    assert [len(np.unique(part)) for part in parts] == [9, 18, 90, 180]
    for small, large in pairwise(parts):
        assert set(small.tolist()) <= set(large.tolist())
    for part in parts:
        shares = np.bincount(y[part], minlength=3) / len(part)
        assert np.abs(shares * len(part) - np.array([5, 3, 1]) / 9 * len(part)).max() <= 1.5


def histories(splits, trials_of, network, recipe):
    """Metrics by trial and epoch."""
    goal = Objective.of("classification")
    lanes = Lanes(network, recipe, Space(network, recipe), splits, goal, lane_count(3), 1)
    for trial in trials_of(lanes):
        lanes.submit(trial)
    found = {}
    while lanes.waiting or lanes.running:
        for _ in lanes.round():
            pass
        for done in lanes.settle()[0]:
            found[done.trial.id, done.epoch] = {**done.metrics, "train_loss": done.train_loss}
    return found


def test_a_lane_on_a_part_is_the_network_trained_on_that_part_alone():
    data = small_problems.blobs()
    prepared = prepare(data, split(data))
    network = shoal.Sequential(shoal.Dense(5), shoal.tanh, shoal.Dense(3)).with_input((6,))
    recipe = shoal.Recipe(batch_size=16, epochs=3)
    goal = Objective.of("classification")
    rows = nested_rows(prepared.train.y, "classification", [24, 48, 96], 0)
    assert len(prepared.train) == 96

    def parts(lanes):
        return [replace(lanes.trial(i, {}, 5), rows=part) for i, part in enumerate(rows)]

    together = histories(Splits.of(prepared, goal), parts, network, recipe)
    for i, passes in ((0, 3), (1, 2)):  # six steps an epoch, two and three a pass
        own = Examples(prepared.train.x[rows[i]], prepared.train.y[rows[i]])
        alone = histories(
            Splits.of(replace(prepared, train=own), goal),
            lambda lanes: [lanes.trial(0, {}, 5)],
            network, replace(recipe, epochs=3 * passes),
        )  # fmt: skip
        for epoch in (1, 2, 3):
            mine, its = together[i, epoch], alone[0, epoch * passes]
            for found in (mine, its):
                del found["train_loss"]
            assert mine == (its if backend() == "native" else pytest.approx(its, rel=1e-6))
