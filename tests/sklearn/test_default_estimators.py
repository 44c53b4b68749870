"""What an estimator trains when little is said: an ensemble, a search or one network."""

import io
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from shoal import Dense, Ensemble, Flatten, Model, Recipe, Sequential
from shoal.data import Dataset
from shoal.sklearn import ShoalClassifier, ShoalRegressor
from shoal.utils.default_values import FEW_ROWS
from tests.sklearn.test_compositions import Plain
from tests.sklearn.test_estimators import three_clouds
from tests.small_problems import bars, blobs, plane, share_programs

NETWORK = Sequential(Flatten(), Dense(3))
ROWS = np.arange(20)
BRIEF = Recipe(epochs=3, batch_size=32)


def many_bars():
    few = bars()
    times = -(-FEW_ROWS // len(few))
    return Dataset.from_arrays(np.tile(few.x, (times, 1, 1, 1)), np.tile(few.y, times))


@pytest.fixture(autouse=True)
def shared_programs():
    share_programs()


@pytest.mark.parametrize(
    ("params", "data", "steering", "expected"),
    [
        ({}, blobs, 0.2, (3, None)),
        ({}, plane, np.float32(0.2), (3, None)),
        ({}, bars, 0.2, (1, None)),
        ({}, many_bars, 0.2, (1, 0)),
        ({"network": NETWORK}, bars, 0.2, (1, 0)),
        ({"n_trials": 1}, bars, 0.2, (1, 0)),
        ({}, blobs, ROWS, (1, 0)),
        ({}, blobs, 0.0, (1, 0)),
        ({}, blobs, 0, (1, 0)),
        ({"warm_start": True}, blobs, 0.2, (1, 0)),
        ({"recipe": BRIEF}, blobs, 0.2, (3, None)),
        ({"time_limit": "1m"}, blobs, 0.2, (3, None)),
        ({"network": NETWORK}, blobs, 0.2, (1, 0)),
        ({"network": NETWORK, "ensemble_folds": 4}, blobs, 0.2, (1, 4)),
        ({"network": NETWORK, "n_trials": 6}, blobs, 0.2, (6, None)),
        ({"n_trials": 1}, blobs, 0.2, (1, 0)),
        ({"n_trials": 1, "ensemble_folds": 3}, blobs, 0.2, (1, 3)),
        ({"n_trials": np.int64(5)}, blobs, 0.2, (5, None)),
        ({"n_trials": 5}, bars, 0.2, (5, None)),
        ({"n_trials": 5}, many_bars, 0.2, (5, None)),  # `search` knows that there are none
        ({"n_trials": 5}, blobs, ROWS, (5, 0)),
        ({"n_trials": 5}, blobs, 0.0, (5, 0)),
        ({"ensemble_folds": 0}, blobs, 0.2, (3, 0)),
        ({"ensemble_folds": np.int32(3)}, bars, 0.2, (1, 3)),
    ],
)
def test_how_much_is_trained(params, data, steering, expected):
    found = ShoalClassifier(**params)._extent(data(), steering)
    assert found == expected
    assert all(type(number) is int for number in found if number is not None)


@pytest.mark.parametrize(
    "changes",
    [{"validation_fraction": 0}, {"validation_fraction": 0.0}, {"warm_start": True}, {}],
)
@pytest.mark.parametrize("params", [{}, {"network": NETWORK}, {"n_trials": 4}])
def test_folds_need_rows_that_nobody_has_chosen(changes, params):
    X, y = three_clouds()
    given = {} if changes else {"validation_data": (X[:30], y[:30])}
    estimator = ShoalClassifier(ensemble_folds=3, recipe=BRIEF, **params, **changes)
    with pytest.raises(ValueError, match="ensemble_folds needs a validation_fraction above 0"):
        estimator.fit(X, y, **given)
    assert not hasattr(estimator, "model_")


@pytest.mark.parametrize(
    ("params", "one"),
    [
        ({}, False),
        ({"n_trials": 1}, True),
        ({"n_trials": 1, "ensemble_folds": 0}, True),
        ({"n_trials": 1, "ensemble_folds": 3}, False),
        ({"n_trials": 1, "time_limit": 60}, False),
        ({"n_trials": 2}, False),
        ({"network": NETWORK}, True),
        ({"network": NETWORK, "n_trials": 2}, False),
        ({"network": NETWORK, "ensemble_folds": 3}, False),
        ({"warm_start": True}, True),
        ({"validation_fraction": 0}, True),
    ],
)
def test_whether_fits_go_side_by_side(params, one):
    estimator = ShoalRegressor(**params)
    assert estimator.trains_one(plane(), estimator.validation_fraction) == one
    if one:
        assert estimator._extent(plane(), estimator.validation_fraction) == (1, 0)


def test_of_a_table_comes_an_ensemble():
    X, y = three_clouds()
    estimator = ShoalClassifier(recipe=BRIEF, random_state=0)
    found = clone(estimator).fit(X, y)
    assert isinstance(found.model_, Ensemble)
    assert len({trial.point["numbers"] for trial in found.study_.trials}) == 3
    assert len(found.model_.models) % 5 == 0
    assert found.n_iter_ == len(found.loss_curve_) == 3
    found.study_.close()
    assert found.score(X, y) > 0.5
    again = Plain(io.BytesIO(pickle.dumps(found))).load()
    np.testing.assert_array_equal(again.predict_proba(X), found.predict_proba(X))
    assert again.model_.shares == found.model_.shares
    assert cross_val_score(estimator, X, y, cv=2, error_score="raise").min() > 0.4


def test_folds_of_one_network_and_none_where_rows_are_given():
    X, y = three_clouds()
    network = Sequential(Dense(3))
    bagged = ShoalClassifier(network, BRIEF, ensemble_folds=2, random_state=0).fit(X, y)
    assert len(bagged.model_.models) == 2
    bagged.study_.close()
    steered = ShoalClassifier(recipe=BRIEF, random_state=0)
    steered.fit(X[:120], y[:120], validation_data=(X[120:], y[120:]))
    assert isinstance(steered.model_, Model)
    assert steered.study_ is None


def test_a_warm_start_is_of_one_network_without_a_time_limit():
    X, y = three_clouds()
    found = ShoalClassifier(Sequential(Dense(3)), BRIEF, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="n_trials is 1 then, without a time_limit"):
        found.set_params(time_limit="1m").fit(X, y)
