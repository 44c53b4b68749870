"""Validation data of one's own, training without any, and training that goes on."""

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest

import shoal
from shoal import EarlyStopping
from shoal.data import Dataset
from shoal.sklearn import ShoalClassifier, ShoalRegressor
from tests.sklearn.test_estimators import (
    EPOCHS,
    VALUES,
    classifier,
    people,
    regressor,
    three_clouds,
)
from tests.small_problems import plane, same_weights, share_programs


@pytest.fixture(autouse=True)
def shared_programs():
    share_programs()


def recipe(like=EPOCHS, **changes):
    return dataclasses.replace(like, **changes)


def test_rows_that_validate_are_given():
    X, y = three_clouds()
    found = classifier().fit(X[:120], y[:120], validation_data=(X[120:], y[120:]))
    data = Dataset.from_arrays(X, y, task="classification")
    study = shoal.search(
        classifier().network, EPOCHS, data, trials=1, validation=range(120, 160), test=0.0,
        confirm_seeds=0, lanes=1, progress=False,
    )  # fmt: skip
    same_weights(found.model_, study.best_model)
    assert found.validation_scores_ == [e.metrics["accuracy"] for e in study.file.history(0)]
    assert found.best_validation_score_ == max(found.validation_scores_)
    study.close()
    np.testing.assert_allclose(found.model_.preprocessing.encoder.mean, X[:120].mean(axis=0))
    again = classifier().fit(X[:120], y[:120], eval_set=[(X[120:], y[120:])])
    same_weights(again.model_, found.model_)
    searched = classifier(n_trials=2, confirm_seeds=0, network=None, recipe=recipe(epochs=2))
    searched.fit(X[:120], y[:120], eval_set=(X[120:], y[120:]))
    assert searched.study_.split().validation.tolist() == list(range(120, 160))
    searched.study_.close()


def test_weights_of_rows_that_validate_and_columns_by_name():
    frame, y = people()
    early, late = frame[:80], frame[80:][["since", "town", "age"]]
    weight = np.where(np.arange(40) < 10, 0.0, 2.0)  # the first ten do not count
    found = classifier(2).fit(early, y[:80], validation_data=(late, y[80:], weight))
    same = classifier(2).fit(
        early, y[:80], sample_weight=np.ones(80), eval_set=(late[10:], y[90:], np.full(30, 2.0))
    )
    np.testing.assert_array_equal(found.predict_proba(frame), same.predict_proba(frame))
    assert found.n_features_in_ == 3
    for wrong, message in (
        ({"validation_data": (late, y[80:]), "eval_set": [(late, y[80:])]}, "give one of them"),
        ({"validation_data": (late,)}, "What validates is"),
        ({"validation_data": (late.drop(columns="age"), y[80:])}, "lacks columns of X: age"),
        ({"eval_set": (late[:0], y[:0])}, "has none"),
    ):
        with pytest.raises(ValueError, match=message):
            classifier(2).fit(early, y[:80], **wrong)


def test_without_rows_that_validate_all_train_to_the_last_epoch():
    X, y = three_clouds()
    found = classifier(validation_fraction=0, recipe=recipe(epochs=3)).fit(X, y)
    assert found.validation_scores_ is found.best_validation_score_ is None
    assert len(found.loss_curve_) == 3
    np.testing.assert_allclose(found.model_.preprocessing.encoder.mean, X.mean(axis=0))
    stops = recipe(epochs=9, early_stopping=EarlyStopping(patience=2, min_delta=100.0))
    assert classifier(validation_fraction=0, recipe=stops).fit(X, y).n_iter_ == 3
    watched = recipe(early_stopping=EarlyStopping(monitor="accuracy"))
    with pytest.raises(shoal.errors.RecipeError, match="no rows validate"):
        classifier(validation_fraction=0, recipe=watched).fit(X, y)
    rare = np.where(np.arange(len(y)) == 5, 9, y)
    alone = classifier(4, validation_fraction=0, recipe=recipe(epochs=1)).fit(X, rare)
    assert alone.classes_.tolist() == [0, 1, 2, 9]  # and no warning: it need not validate


@pytest.mark.parametrize("pickled", [False, True])
def test_epochs_by_partial_fit_are_the_epochs_of_one_fit(pickled):
    X, y = three_clouds()
    names = np.array(["ash", "beech", "oak"])[y]
    whole = classifier(validation_fraction=0, recipe=recipe(epochs=3)).fit(X, names)
    parts = classifier(recipe=recipe(epochs=3))
    for epoch in range(3):
        parts.partial_fit(X, names, classes=["oak", "ash", "beech"] if epoch == 0 else None)
        parts = pickle.loads(pickle.dumps(parts)) if pickled else parts
    same_weights(parts.model_, whole.model_)
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.n_iter_ == 3
    np.testing.assert_array_equal(parts.predict(X), whole.predict(X))


def test_partial_fit_sees_few_of_the_classes_at_a_time():
    X, y = three_clouds()
    found = classifier(recipe=recipe(batch_size=16))
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        found.partial_fit(X, y)
    found.partial_fit(X[y < 2], y[y < 2], classes=[0, 1, 2])
    for _ in range(3):
        found.partial_fit(X, y)
    assert found.score(X, y) > 0.6
    with pytest.raises(ValueError, match="not in `classes`: \\[7\\]"):
        found.partial_fit(X, np.full(len(y), 7))
    with pytest.raises(ValueError, match="not the same as on the last call"):
        found.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="features"):
        found.partial_fit(X[:, :2], y)


def test_partial_fit_of_numbers_keeps_their_scale():
    table, Y = np.asarray(plane().x), np.asarray(plane().y)[:, 0]
    found = regressor().partial_fit(table, 100 * Y)
    scale = found.model_.preprocessing.target_std
    before = found.model_
    found.partial_fit(table[:40], 100 * Y[:40])
    assert found.model_.preprocessing.target_std == scale
    assert found.loss_curve_[1] < found.loss_curve_[0]
    assert any((before.params[k]["weight"] != v["weight"]).any()
               for k, v in found.model_.params.items())  # fmt: skip
    with pytest.raises(ValueError, match="as many targets as before"):
        found.partial_fit(table, np.stack([Y, Y], axis=1))


def test_a_warm_start_goes_on_from_the_weights():
    X, y = three_clouds()
    cold = classifier(recipe=recipe(epochs=4)).fit(X, y)
    warm = classifier(recipe=recipe(epochs=4), warm_start=True).fit(X, y)
    assert warm.loss_curve_ == cold.loss_curve_
    warm.fit(X, y)
    assert max(warm.loss_curve_) < cold.loss_curve_[0] * 0.7
    assert warm.n_iter_ == 4
    with pytest.raises(ValueError, match="warm_start goes on with the classes"):
        warm.fit(X, y + 1)
    with pytest.raises(ValueError, match="n_trials is 1"):
        warm.set_params(n_trials=2).fit(X, y)
    table, Y = np.asarray(plane().x), np.asarray(plane().y)
    numbers = regressor(warm_start=True, recipe=recipe(VALUES, epochs=5)).fit(table, Y[:, 0])
    first = numbers.loss_curve_[0]
    assert numbers.fit(table, Y[:, 0]).loss_curve_[0] < first


def test_documentation_is_whole(few_epochs):
    for kind in (ShoalClassifier, ShoalRegressor):
        assert "{{" not in kind.__doc__
        told = kind.__doc__.partition("Args:")[2]
        for name in kind().get_params(deep=False):
            assert f"    {name}: " in told, name
        for name in vars(kind().fit(pd.DataFrame({"a": range(20)}), np.arange(20) % 2)):
            if name.endswith("_") and not name.startswith("_"):
                assert f"    {name}: " in told, name
