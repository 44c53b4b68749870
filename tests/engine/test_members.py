"""A trial of several seeds or folds is the same trials alone, judged by their mean."""

from dataclasses import replace

import numpy as np
import pytest
from small_problems import adamw, blobs, perceptrons, plane, random_points

from shoal import Dense, EarlyStopping, Int, Sequential, Space, losses, tanh
from shoal.data import Dataset, Examples, fold
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import Lanes, Member, Objective, Splits

FOLDS = 2


def prepared_of(data, folds=FOLDS):
    parts = split(data, seed=0)
    return prepare(data, fold(data, parts, folds) if folds else parts)


def lanes_of(prepared, family, recipe, lanes=6, objective="loss"):
    family = family.with_input(prepared.input_shape)
    goal = Objective.of(prepared.task, objective)
    splits = Splits.of(prepared, goal)
    return Lanes(family, recipe, Space(family, recipe), splits, goal, lambda _: lanes, 1)


def trained(lanes, *trials):
    """Epochs by trial, and how the trials ended, with their weights."""
    for trial in trials:
        lanes.submit(trial)
    epochs, ends = {trial.id: [] for trial in trials}, {}
    while lanes.waiting or lanes.running:
        for _ in lanes.round():
            pass
        now, ended = lanes.settle()
        for done in now:
            epochs[done.trial.id].append(done)
        for done in ended:
            ends[done.trial.id] = (done, done.weights() if done.best_epoch else None)
    return epochs, ends


def alone(prepared, number):
    """A fold as a plain split."""
    of = prepared.split.folds

    def part(rows):
        weight = prepared.train.weight
        return Examples(
            prepared.train.x[rows], prepared.train.y[rows], None if weight is None else weight[rows]
        )

    rows = np.arange(len(of))
    plain = replace(
        prepared.split, train=rows[of != number], validation=rows[of == number], test=rows[:0],
        folds=None,
    )  # fmt: skip
    return replace(prepared, split=plain, train=part(of != number), validation=part(of == number))


def weighted():
    data = blobs()
    weight = np.random.default_rng(3).uniform(0.5, 2.0, len(data))
    return Dataset.from_arrays(data.x, data.y, weight=weight, name="weighted")


CASES = {
    "classes": (blobs, perceptrons(), adamw(), "loss"),
    "values": (plane, Sequential(Dense(Int(3, 6)), tanh, Dense(2)),
               adamw(loss=losses.SquaredError()), "r2"),
    "weighted": (weighted, perceptrons(), adamw(), "auc"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_fold_is_the_network_trained_on_its_rows_alone(case):
    data, family, recipe, objective = CASES[case]
    prepared = prepared_of(data())
    point = random_points(family, recipe, data(), 1)[0]
    lanes = lanes_of(prepared, family, recipe, objective=objective)
    members = tuple(Member(0, number) for number in range(FOLDS))
    epochs, ends = trained(lanes, lanes.trial(0, point, 0, members))
    each = []
    for number in range(FOLDS):
        plain = lanes_of(alone(prepared, number), family, recipe, 2, objective)
        each.append(trained(plain, plain.trial(0, point, 0)))
    assert len(epochs[0]) == 4
    for at, done in enumerate(epochs[0]):
        for name, value in done.metrics.items():
            mean = np.mean([found[0][at].metrics[name] for found, _ in each])
            assert value == pytest.approx(mean, rel=1e-4), name
        mean = np.mean([found[0][at].train_loss for found, _ in each])
        assert done.train_loss == pytest.approx(mean, rel=1e-4)
    folds = [done.metrics for done in epochs[0]]
    assert len({round(one["loss"], 6) for one in ends[0][0].members}) == FOLDS, folds


def test_the_weights_are_those_of_the_best_member_in_the_best_epoch_of_all():
    family, recipe = perceptrons(), adamw(epochs=6)
    lanes = lanes_of(prepared_of(blobs(), folds=0), family, recipe)
    point = random_points(family, recipe, blobs(), 1)[0]
    members = (Member(5), Member(6), Member(7))
    epochs, ends = trained(lanes, lanes.trial(0, point, 5, members))
    done, weights = ends[0]
    means = [one.metrics["loss"] for one in epochs[0]]
    assert done.best_epoch == 1 + int(np.argmin(means))
    assert done.metrics == epochs[0][done.best_epoch - 1].metrics
    leader = members[int(np.argmin([one["loss"] for one in done.members]))]
    single, own = trained(lanes, lanes.trial(1, point, leader.seed, until=done.best_epoch))
    assert single[1][-1].metrics["loss"] == min(one["loss"] for one in done.members)
    for owner, arrays in own[1][1].items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, weights[owner][name])


def test_members_stop_together_by_their_mean():
    """Patience is that of the mean: each alone would have stopped at another epoch."""
    family = perceptrons()
    recipe = adamw(epochs=40, early_stopping=EarlyStopping(patience=2))
    lanes = lanes_of(prepared_of(blobs(), folds=0), family, recipe)
    point = random_points(family, recipe, blobs(), 1)[0]
    members = tuple(Member(seed) for seed in range(3))
    together = lanes.trial(0, point, 0, members)
    each = [lanes.trial(1 + m.seed, point, m.seed) for m in members]
    epochs, ends = trained(lanes, together, *each)
    losses_of = [one.metrics["loss"] for one in epochs[0]]
    best = int(np.argmin(losses_of))
    assert ends[0][0].end == "stopped"
    assert (ends[0][0].best_epoch, ends[0][0].epochs) == (best + 1, best + 3)
    assert len({ends[1 + m.seed][0].epochs for m in members}) > 1


def test_one_that_diverges_ends_all_of_its_trial_and_no_other():
    family, recipe = perceptrons(), adamw()
    lanes = lanes_of(prepared_of(blobs(), folds=0), family, recipe)
    good, bad = random_points(family, recipe, blobs(), 2)
    bad = {**bad, "optimizer.learning_rate": 1e38}
    pair = (Member(0), Member(1))
    _, ends = trained(lanes, lanes.trial(0, bad, 0, pair), lanes.trial(1, good, 0, pair))
    assert (ends[0][0].end, ends[1][0].end) == ("diverged", "completed")
    assert ends[0][0].first_bad_step is not None
    _, undisturbed = trained(lanes, lanes.trial(2, good, 0, pair))
    assert undisturbed[2][0].members == ends[1][0].members


def test_all_lanes_of_a_trial_are_filled_at_once_and_in_one_program():
    """Five lanes hold two trials of two members; every program is compiled once."""
    family, recipe = perceptrons(), adamw(epochs=2)
    lanes = lanes_of(prepared_of(blobs()), family, recipe, lanes=5)
    members = tuple(Member(0, number) for number in range(FOLDS))
    points = random_points(family, recipe, blobs(), 5)
    trials = [lanes.trial(i, point, 0, members) for i, point in enumerate(points)]
    refit = lanes.trial(9, points[0], 0, (Member(0),), until=1)
    for trial in [*trials, refit]:
        lanes.submit(trial)
    seen, compiled = [], None
    while lanes.waiting or lanes.running:
        for _ in lanes.round():
            pass
        compiled = compiled or lanes.log.count
        seen.append((lanes.busy, [trial.id for trial in lanes.running]))
        lanes.settle()
    assert lanes.size == 4
    assert seen[0] == (4, [0, 1])
    assert seen[4] == (3, [4, 9])  # it trains on all rows, in one more call of the program
    assert lanes.log.count == compiled
