"""A trial's result does not depend on its lane, its neighbors, or when the lane was filled."""

import numpy as np
import pytest
from small_problems import (
    adamw,
    blobs,
    numbers,
    outcome,
    perceptrons,
    plane,
    random_points,
    same_weights,
    search_points,
)

import shoal
from shoal import Choice, Dense, Int, Recipe, Sequential, losses, relu
from shoal.kernels import backend
from shoal.optimizers import SGD

pytestmark = pytest.mark.bits

LANES = 3


@pytest.fixture(scope="module")
def points():
    return random_points(perceptrons(), adamw(), blobs(), 5)


def searched(points, **options):
    return search_points(
        perceptrons(), adamw(), blobs(), points, **{"lanes": LANES, "objective": "loss", **options}
    )


@pytest.fixture(scope="module")
def study(points):
    return searched(points)


@pytest.mark.parametrize("order", [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3]])
def test_order_of_trials_does_not_matter_to_the_last_bit(points, study, order):
    """Another order is another lane, other neighbors, and another moment of refilling."""
    again = searched([points[i] for i in order])
    for number, original in enumerate(order):
        assert outcome(again, number) == outcome(study, original)
        same_weights(again.model(number), study.model(original))


def test_neighbors_do_not_matter_to_the_last_bit(points, study):
    others = random_points(perceptrons(), adamw(), blobs(), 12)[5:]
    again = searched([*others[:2], points[1], *others[2:], points[3]])
    assert outcome(again, 2) == outcome(study, 1)
    assert outcome(again, len(others) + 1) == outcome(study, 3)


@pytest.mark.parametrize("lanes", [1, 5])
def test_number_of_lanes_does_not_matter(points, study, lanes):
    """Another number of lanes is another program: XLA may add up in another order there.

    The native kernels do not.
    """
    again = searched(points, lanes=lanes)
    assert again.cost["lanes"] == lanes
    if backend() == "native":
        assert [outcome(again, i) for i in range(5)] == [outcome(study, i) for i in range(5)]
    for number in range(len(points)):
        np.testing.assert_allclose(numbers(again, number), numbers(study, number), rtol=1e-5)
        same_weights(again.model(number), study.model(number), rtol=1e-5)


def unstable():
    """A family whose trials with the second learning rate blow up."""
    family = Sequential(Dense(Int(3, 6)), relu, Dense(2))
    optimizer = SGD(learning_rate=Choice(0.05, 1e30), momentum=Choice(0.5, 0.9))
    return family, Recipe(loss=losses.SquaredError(), optimizer=optimizer, epochs=3, batch_size=16)


def unstable_point(units, rate, momentum):
    return {"dense_1.units": units, "optimizer.learning_rate": rate, "optimizer.momentum": momentum}


@pytest.fixture(scope="module")
def calm_and_wild():
    family, recipe = unstable()
    good = [unstable_point(units, 0, momentum) for units in (3, 4, 6) for momentum in (0, 1)]
    bad = unstable_point(5, 1, 0)
    calm = search_points(family, recipe, plane(), good, lanes=LANES)
    wild = search_points(
        family, recipe, plane(), [good[0], bad, *good[1:3], bad, bad, *good[3:]], lanes=LANES
    )
    return calm, wild


def test_a_diverging_lane_leaves_the_others_bit_identical(calm_and_wild):
    calm, wild = calm_and_wild
    assert [t.state for t in calm.trials] == ["completed"] * 6
    for one, other in zip(range(6), (0, 2, 3, 6, 7, 8), strict=True):
        assert outcome(wild, other) == outcome(calm, one)
    assert wild.winner["validation"] == calm.winner["validation"]
    same_weights(wild.best_model, calm.best_model)


def test_a_diverging_lane_is_recorded_with_its_first_bad_step(calm_and_wild):
    """The first step is taken from a finite loss; the weights it leaves square to infinity."""
    _, wild = calm_and_wild
    for number in (1, 4, 5):
        record = wild.file.trial(number)
        assert (record.state, record.first_bad_step) == ("diverged", 1)
        assert record.objective is None
        assert record.epochs == 1
        assert record.best_epoch is None
        assert wild.file.weights(number) is None
        assert wild.file.history(number) == []


def test_a_diverged_lane_is_refilled(calm_and_wild):
    _, wild = calm_and_wild
    assert wild.counts() | {"completed": 6, "diverged": 3} == wild.counts()
    assert wild.cost["lanes"] == LANES
    # 6 trials of 3 epochs and 3 of one epoch in 3 lanes: at least 7 rounds.
    assert 7 <= wild.cost["rounds"] <= 9


def test_divergence_after_good_epochs_keeps_their_history():
    """Momentum above what the step size bears: the loss grows for epochs before it overflows."""
    family = Sequential(Dense(2))
    recipe = Recipe(
        loss=losses.SquaredError(), optimizer=SGD(learning_rate=Choice(0.01, 60.0)),
        epochs=12, batch_size=64,
    )  # fmt: skip
    study = search_points(
        family, recipe, plane(), [{"optimizer.learning_rate": i} for i in (0, 1)], lanes=2
    )
    record = study.file.trial(1)
    told = study.file.history(1)
    assert record.state == "diverged"
    assert 0 < len(told) == record.epochs - 1
    assert len(told) <= record.first_bad_step <= record.epochs
    assert record.best_epoch == 1 + int(np.argmin([e.metrics["loss"] for e in told]))
    assert study.winner["trial"] == 0
    assert shoal.Study.open(study.path).winner == study.winner
