"""The winner is honest: confirmed on fresh seeds, and scored once on rows nothing else has seen."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import (
    confusion_matrix,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)
from small_problems import (
    adamw,
    blobs,
    contents,
    perceptrons,
    plane,
    random_points,
    same_weights,
    search_points,
    sgd,
)

import shoal
from shoal import Dense, Int, Sequential, losses, tanh
from shoal.data.splitting.split import split

SEEDS = 2


@pytest.fixture(scope="module")
def study():
    return shoal.search(perceptrons(), adamw(), blobs(), trials=9, lanes=4, confirm_seeds=SEEDS)


def standing(record):
    return record.objective, record.metrics["loss"]


def test_the_three_best_are_confirmed_on_seeds_of_their_own(study):
    best = sorted(study.trials, key=standing)[:3]
    again = [t for t in study.file.trials() if t.role == "confirm"]
    assert sorted(t.parent for t in again) == sorted([b.id for b in best] * SEEDS)
    for record in best:
        own = [t for t in again if t.parent == record.id]
        assert len({t.seed for t in own} | {record.seed}) == SEEDS + 1
        assert all(t.hyperparams == record.hyperparams for t in own)
        # Another seed is another network: that they agree would be a wonder.
        assert len({t.metrics["loss"] for t in (record, *own)}) == SEEDS + 1


def test_the_winner_is_best_on_fresh_seeds_and_its_spread_is_told(study):
    means = {}
    for record in study.file.trials():
        if record.role == "confirm":
            means.setdefault(record.parent, []).append(standing(record))
    means = {parent: tuple(np.mean(own, axis=0)) for parent, own in means.items()}
    winner = study.winner
    assert winner["trial"] == min(means, key=means.get)
    losses_ = [t.metrics["loss"] for t in study.file.trials() if t.parent == winner["trial"]]
    assert winner["confirmed"]["seeds"] == SEEDS
    assert winner["confirmed"]["loss"]["mean"] == pytest.approx(np.mean(losses_))
    assert winner["confirmed"]["loss"]["std"] == pytest.approx(np.std(losses_, ddof=1))
    kept = study.file.trial(winner["trial"]).metrics
    assert winner["validation"] == {**winner["validation"], **kept}
    assert set(winner["validation"]) == set(winner["test"])


def test_a_confirmation_is_a_search_of_that_point_with_that_seed(study):
    """The split stays the study's, so the same point on the same seed needs the same rows."""
    one = next(t for t in study.file.trials() if t.role == "confirm")
    parent = study.file.trial(one.parent)
    assert one.point == parent.point
    assert one.parameters == parent.parameters
    assert one.state == "completed"


def test_the_winners_weights_are_those_that_the_search_found(study):
    points = [t.point for t in study.trials]
    alone = search_points(perceptrons(), adamw(), blobs(), points)
    number = study.winner["trial"]
    same_weights(alone.model(number), study.best_model)


def test_confusion_matrix_is_scikit_learns(study):
    rows = study.split().test
    predicted = study.best_model.predict(blobs().x[rows])
    told = np.array(study.winner["confusion"])
    np.testing.assert_array_equal(told, confusion_matrix(blobs().y[rows], predicted))
    assert told.trace() / told.sum() == study.winner["test"]["accuracy"]


def without_test_scores(study):
    trials, weights, winner, sampler = contents(study)
    hidden = ("test", "test_by_class", "confusion", "scatter", "confirmed_test", "optimism")
    return trials, weights, {k: v for k, v in winner.items() if k not in hidden}, sampler


def test_labels_of_test_rows_change_nothing_but_the_test_scores():
    data = blobs()
    fixed = np.arange(0, 160, 5)
    kept = replace(data, fixed_test=fixed)
    labels = data.y.copy()
    labels[fixed] = (labels[fixed] + 1) % 3
    moved = replace(kept, y=labels)
    one, other = (
        shoal.search(perceptrons(), adamw(), d, trials=5, lanes=4, confirm_seeds=1)
        for d in (kept, moved)
    )
    np.testing.assert_array_equal(one.split().test, fixed)
    assert without_test_scores(one) == without_test_scores(other)
    assert one.winner["test"] != other.winner["test"]
    assert one.winner["confirmed_test"] != other.winner["confirmed_test"]


def linear_family():
    return Sequential(Dense(Int(3, 6)), tanh, Dense(2))


def test_rows_of_the_test_split_change_nothing_but_the_test_scores():
    """Their inputs and targets, in a regression: scaling is fitted without them too."""
    data = plane()
    rows = split(data, seed=0).test
    x, y = data.x.copy(), data.y.copy()
    x[rows], y[rows] = 3 * x[rows] + 5, y[rows][::-1]
    one, other = (
        shoal.search(
            linear_family(), sgd(loss=losses.SquaredError()), d, trials=5, lanes=4, confirm_seeds=1
        )
        for d in (data, replace(data, x=x, y=y))
    )
    assert without_test_scores(one) == without_test_scores(other)
    assert one.winner["test"] != other.winner["test"]


def test_a_regression_is_scored_in_the_users_units():
    study = shoal.search(
        linear_family(), sgd(loss=losses.SquaredError()), plane(), trials=5, lanes=4,
        confirm_seeds=0,
    )  # fmt: skip
    model = study.best_model
    for part in ("validation", "test"):
        rows = getattr(study.split(), part)
        true, told = plane().y[rows], model.predict(plane().x[rows])
        assert told.shape == true.shape
        found = study.winner[part]
        assert found["rmse"] == pytest.approx(root_mean_squared_error(true, told), rel=1e-5)
        assert found["mae"] == pytest.approx(mean_absolute_error(true, told), rel=1e-5)
        assert found["r2"] == pytest.approx(r2_score(true, told), rel=1e-4)
        units = np.array(model.preprocessing.target_scale)
        assert found["loss"] == pytest.approx(
            mean_squared_error(true / units, told / units), rel=1e-4
        )
    assert found["r2"] > 0.5
    scatter = study.winner["scatter"]
    np.testing.assert_allclose(scatter["true"], true[:, 0], rtol=1e-5)
    np.testing.assert_allclose(scatter["predicted"], told[:, 0], rtol=1e-5)


def test_without_a_test_split_there_are_no_test_scores():
    study = search_points(
        perceptrons(), adamw(), blobs(), random_points(perceptrons(), adamw(), blobs(), 3), test=0.0
    )
    assert not {"test", "confusion"} & study.winner.keys()
    assert "test" not in study.best_model.info


@pytest.mark.parametrize(("objective", "best"), [("accuracy", max), ("loss", min)])
def test_the_objective_decides(objective, best):
    study = shoal.search(
        perceptrons(), adamw(), blobs(), trials=9, lanes=4, confirm_seeds=0, objective=objective
    )
    values = [t.metrics[objective] for t in study.trials]
    assert study.winner["validation"][objective] == best(values)
    assert study.header.objective["metric"] == objective
