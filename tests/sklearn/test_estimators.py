"""The estimators do what their parameters say, on data as people have them."""

import signal
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.utils import compute_sample_weight

import shoal
from shoal import Conv, Dense, Flatten, Float, Int, Recipe, Sequential, relu
from shoal.errors import ModelError, ShoalWarning
from shoal.sklearn import ShoalClassifier, ShoalRegressor
from tests.small_problems import bars, blobs, plane, share_programs

EPOCHS = Recipe(optimizer=shoal.optimizers.AdamW(learning_rate=0.03), epochs=8, batch_size=32)
VALUES = Recipe(
    loss=shoal.losses.SquaredError(),
    optimizer=shoal.optimizers.AdamW(learning_rate=0.03), epochs=25, batch_size=16,
)  # fmt: skip


@pytest.fixture(autouse=True)
def shared_programs():
    share_programs()


def classifier(outputs=3, **changes):
    network = Sequential(Dense(8), relu, Dense(outputs))
    return ShoalClassifier(**{"network": network, "recipe": EPOCHS, "random_state": 0, **changes})


def regressor(outputs=1, **changes):
    network = Sequential(Dense(8), relu, Dense(outputs))
    return ShoalRegressor(**{"network": network, "recipe": VALUES, "random_state": 0, **changes})


def three_clouds():
    return np.asarray(blobs().x), np.asarray(blobs().y)


def test_one_network_is_what_train_makes_of_the_same_split():
    X, y = three_clouds()
    found = classifier().fit(X, y)
    data = shoal.data.Dataset.from_arrays(X, y, task="classification")
    network = Sequential(Dense(8), relu, Dense(3))
    model = shoal.train(network, EPOCHS, data, seed=0, test=0.0, progress=False)
    np.testing.assert_array_equal(found.predict_proba(X), model.predict_proba(X))
    assert found.loss_curve_ == [e["train_loss"] for e in model.info["history"]]
    assert found.n_iter_ == 8
    assert found.study_ is None
    assert found.score(X, y) > 0.7


@pytest.mark.parametrize(
    "named",
    [
        np.array(["ash", "beech", "oak"]),
        np.array(["ash", "beech", "oak"], object),
        np.array([-7, 0, 12], np.int16),
        np.array([1.0, 2.0, 4.0], np.float32),
    ],
    ids=lambda named: str(named.dtype),
)
def test_classes_come_back_as_they_were(named):
    X, y = three_clouds()
    found = classifier().fit(X, named[y])
    np.testing.assert_array_equal(found.classes_, named)
    assert found.classes_.dtype == named.dtype
    predicted = found.predict(X)
    assert predicted.dtype == named.dtype
    np.testing.assert_array_equal(predicted, named[found.predict_proba(X).argmax(axis=1)])
    assert found.score(X, named[y]) > 0.7


def test_booleans_and_pandas_categories_are_classes():
    X, y = three_clouds()
    two = classifier(2).fit(X, y == 0)
    assert two.predict(X).dtype == bool
    assert two.score(X, y == 0) > 0.7
    called = pd.Series(pd.Categorical.from_codes(y, ["c", "b", "a"]))
    three = classifier().fit(X, called)
    assert three.classes_.tolist() == ["a", "b", "c"]
    assert three.score(X, called) > 0.7


def test_several_labels():
    X, y = three_clouds()
    labels = np.stack([y == 0, y > 0, y == 2], axis=1).astype(int)
    recipe = Recipe(
        loss=shoal.losses.BinaryCrossEntropy(), optimizer=EPOCHS.optimizer, epochs=8, batch_size=32
    )
    found = classifier(recipe=recipe).fit(X, pd.DataFrame(labels, columns=["red", "any", "two"]))
    assert found.classes_.tolist() == [0, 1, 2]
    assert found.model_.preprocessing.classes == ("red", "any", "two")
    assert found.predict(X).shape == found.predict_proba(X).shape == labels.shape
    assert (found.predict(X) == labels).mean() > 0.8


def test_a_regression_of_one_target_and_of_several_keeps_its_shape():
    X, Y = np.asarray(plane().x), np.asarray(plane().y)
    one = regressor().fit(X, Y[:, 0])
    assert one.predict(X).shape == (90,)
    assert one.score(X, Y[:, 0]) > 0.8
    np.testing.assert_array_equal(regressor().fit(X, Y[:, :1]).predict(X)[:, 0], one.predict(X))
    both = regressor(2).fit(X, Y)
    assert both.predict(X).shape == Y.shape
    assert both.score(X, Y) > 0.8


def test_whole_numbers_are_what_the_estimator_is_for():
    X, y = three_clouds()
    assert regressor().fit(X, y).model_.task == "regression"
    ranks = np.arange(160) // 20 * 10.0  # few of each: shoal.train takes them for numbers
    assert classifier(8).fit(X, ranks).classes_.tolist() == [0, 10, 20, 30, 40, 50, 60, 70]


def people():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, 120).astype(float),
            "town": rng.choice(["Bern", "Genf"], 120),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 120), "D"),
        }
    )
    frame.loc[::7, "age"] = np.nan
    frame.loc[::11, "town"] = None
    return frame, (frame["town"] == "Bern").to_numpy()


def test_a_table_of_numbers_text_dates_and_blanks():
    frame, y = people()
    found = classifier(2).fit(frame, y)
    assert found.feature_names_in_.tolist() == ["age", "town", "since"]
    assert found.n_features_in_ == 3
    assert found.score(frame, y) > 0.9
    with pytest.raises(ValueError, match="feature names should match"):
        found.predict(frame[["town", "age", "since"]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        same = found.predict(frame.to_numpy())
    np.testing.assert_array_equal(same, found.predict(frame))


def test_an_array_of_objects_is_a_table():
    frame, y = people()
    cells = frame[["age", "town"]].to_numpy()
    found = classifier(2).fit(cells, y)
    assert found.score(cells, y) > 0.9
    np.testing.assert_array_equal(found.predict(cells[:1]), found.predict(cells)[:1])
    letters = np.random.default_rng(4).choice(list("abcdef"), (120, 3))
    assert classifier(2).fit(letters, letters[:, 1] < "d").score(letters, letters[:, 1] < "d") > 0.9
    with pytest.raises(ValueError, match="has 1 features, but ShoalClassifier is expecting 2"):
        found.predict(cells[:, :1])


def test_missing_values_in_an_array():
    X, y = three_clouds()
    holes = X.copy()
    holes[::5, 2] = np.nan
    found = classifier().fit(holes, y)
    assert found.score(holes, y) > 0.6
    whole = classifier().fit(X, y)
    mean = whole.model_.preprocessing.encoder.mean[2]
    with pytest.warns(ShoalWarning, match="missing values in 1 column of which training had none"):
        filled = whole.predict_proba(holes)
    np.testing.assert_array_equal(
        filled, whole.predict_proba(np.where(np.isnan(holes), mean, holes))
    )
    with pytest.raises(ValueError, match="infinity"):
        whole.predict(np.full_like(X, np.inf))


def test_images_given_as_arrays():
    X, y = np.asarray(bars().x), np.asarray(bars().y)
    network = Sequential(Conv(4, kernel_size=3), relu, Flatten(), Dense(3))
    found = classifier(network=network).fit(X, y)
    assert found.model_.preprocessing.kind == "image"
    assert found.n_features_in_ == 36
    assert found.score(X, y) > 0.6
    np.testing.assert_array_equal(found.predict(X[..., 0]), found.predict(X))


def test_a_search_keeps_its_study():
    X, y = three_clouds()
    family = Sequential(Dense(Int(2, 8)), relu, Dense(3))
    found = classifier(network=family, n_trials=np.int64(4), confirm_seeds=1).fit(X, y)
    assert len(found.study_.trials) == 4
    assert found.study_.winner["confirmed"]["seeds"] == 1
    best = found.study_.best_model
    np.testing.assert_array_equal(found.predict_proba(X), best.predict_proba(X))
    assert len(found.loss_curve_) == found.n_iter_ == 8
    found.study_.close()


def test_one_trial_of_a_family_is_its_defaults():
    X, y = three_clouds()
    family = Sequential(Dense(Int(2, 16, default=8)), relu, Dense(3))
    found = classifier(network=family).fit(X, y)
    assert found.study_ is None
    assert found.model_.network.nodes[0].layer.units == 8
    expected = classifier().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(found.predict_proba(X), expected, rtol=1e-3, atol=1e-5)


def test_the_seed_decides():
    X, y = three_clouds()
    draws = [classifier(random_state=s).fit(X, y).predict_proba(X) for s in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    one, again = (
        classifier(random_state=np.random.RandomState(5)).fit(X, y).predict_proba(X)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, again)


def test_weight_0_is_as_if_the_row_were_not_there():
    X, y = three_clouds()
    weight = np.ones(len(y))
    weight[100:] = 0
    one = classifier().fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(
        one.predict_proba(X), classifier().fit(X[:100], y[:100]).predict_proba(X)
    )
    with pytest.raises(ValueError, match="zero"):
        classifier().fit(X, y, sample_weight=0 * weight)
    with pytest.raises(ValueError, match="egative"):
        classifier().fit(X, y, sample_weight=weight - 0.5)


def test_class_weight_is_sample_weight_by_class():
    X, y = three_clouds()
    heavy = {0: 30.0, 1: 1.0, 2: 1.0}
    by_class = classifier(class_weight=heavy).fit(X, y)
    by_row = classifier().fit(X, y, sample_weight=np.where(y == 0, 30.0, 1.0))
    np.testing.assert_array_equal(by_class.predict_proba(X), by_row.predict_proba(X))
    plain = classifier().fit(X, y)
    assert (by_class.predict(X) == 0).sum() > (plain.predict(X) == 0).sum()
    # Balanced, the three classes weigh alike; an eighth of the rows is of the first.
    few = np.concatenate([np.flatnonzero(y > 0), np.flatnonzero(y == 0)[:15]])
    balanced = classifier(class_weight="balanced").fit(X[few], y[few])
    alike = compute_sample_weight("balanced", y[few])
    np.testing.assert_array_equal(
        balanced.predict_proba(X),
        classifier().fit(X[few], y[few], sample_weight=alike).predict_proba(X),
    )


def test_a_class_of_one_row_trains_and_validates_with_it():
    X, y = three_clouds()
    rare = y.copy()
    rare[5] = 9
    with pytest.warns(ShoalWarning, match="a class with a single row .* 9"):
        found = classifier(4).fit(X, rare)
    assert found.classes_.tolist() == [0, 1, 2, 9]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rare[6] = 9
        classifier(4).fit(X, rare)


def test_what_cannot_be_trained_is_a_value_error():
    X, y = three_clouds()
    with pytest.raises(ValueError, match="At least 2 classes are needed; the only class is"):
        classifier().fit(X, np.zeros(len(y)))
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        classifier().fit(X, X[:, 0])
    with pytest.raises(ValueError, match="requires y to be passed"):
        regressor().fit(X, None)
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        regressor().fit(X[:1], y[:1])
    with pytest.raises(NotFittedError):
        regressor().predict(X)
    with pytest.warns(DataConversionWarning, match="column-vector"):
        classifier().fit(X, y[:, None])


def test_probabilities_are_of_losses_that_give_them():
    X, y = three_clouds()
    recipe = Recipe(loss=shoal.losses.MulticlassHinge(), epochs=5, batch_size=32)
    found = classifier(recipe=recipe).fit(X, y)
    assert found.predict(X).shape == (160,)
    with pytest.raises(ModelError, match="probabilities"):
        found.predict_proba(X)


def test_parts_of_the_recipe_are_parameters():
    estimator = classifier()
    told = estimator.get_params()
    assert told["recipe__epochs"] == 8
    assert told["recipe__optimizer__learning_rate"] == 0.03
    assert set(estimator.get_params(deep=False)) == {
        "network", "recipe", "n_trials", "ensemble_folds", "time_limit", "confirm_seeds",
        "validation_fraction", "objective",
        "class_weight", "warm_start", "random_state", "n_jobs", "verbose",
    }  # fmt: skip
    slow = Float(1e-4, 1e-2)
    estimator.set_params(
        recipe__optimizer__learning_rate=slow, recipe__epochs=3, recipe=VALUES, n_trials=2
    )
    assert estimator.recipe.optimizer.learning_rate is slow
    assert estimator.recipe.epochs == 3
    assert estimator.n_trials == 2
    assert estimator.recipe.loss is VALUES.loss
    assert VALUES.epochs == 25
    for name in ("recipe__learning_rate", "recipe__epochs__x", "recipe__optimizer__rate"):
        with pytest.raises(ValueError, match="has no such part"):
            estimator.set_params(**{name: 1})
    with pytest.raises(ValueError, match="there is no recipe"):
        ShoalRegressor().set_params(recipe__epochs=3)
    with pytest.raises(ValueError, match="Invalid parameter 'epochs'"):
        ShoalRegressor().set_params(epochs=3)


def test_after_an_interrupt_the_best_so_far_is_kept(monkeypatch):
    def interrupting(train, called):
        def watch(progress):
            if progress.epochs >= after and not pressed:
                pressed.append(True)
                signal.raise_signal(signal.SIGINT)

        return lambda *args, **options: train(*args, **{**options, called: watch})

    for name, called in (("search", "callbacks"), ("train_fits", "watch")):
        train = getattr(shoal.sklearn.estimator, name)
        monkeypatch.setattr(shoal.sklearn.estimator, name, interrupting(train, called))
    X, y = three_clouds()
    after, pressed = 2, []
    with pytest.warns(ShoalWarning, match="training was interrupted"):
        found = classifier(recipe=Recipe(epochs=500, batch_size=32)).fit(X, y)
    assert 2 <= found.n_iter_ < 500
    assert found.predict(X).shape == (160,)
    for n_trials in (1, 2):
        after, pressed = 0, []
        with pytest.raises(KeyboardInterrupt):
            classifier(n_trials=n_trials).fit(X, y)


def test_whole_numbers_that_may_be_missing_and_rows_in_lists():
    X, y = three_clouds()
    whole = classifier().fit(X, pd.Series(y, dtype="Int16"))
    assert whole.classes_.dtype == np.int16
    assert whole.predict(X).dtype == np.int16
    two = classifier(2).fit(X, pd.Series(y == 0, dtype="boolean"))
    assert two.predict(X).dtype == bool
    frame, told = people()
    cells = frame[["age", "town"]]
    rows = [list(row) for row in cells.itertuples(index=False)]
    listed = classifier(2).fit(rows, told)
    named = classifier(2).fit(cells.to_numpy(), told)
    np.testing.assert_array_equal(listed.predict(rows), named.predict(cells.to_numpy()))


def test_sparse_inputs_are_those_with_all_of_their_zeros():
    X, y = three_clouds()
    dense = classifier().fit(X, y)
    for kind in (sparse.csr_matrix, sparse.coo_array):
        found = classifier().fit(kind(X), y, validation_data=(kind(X[:30]), y[:30]))
        assert found.score(kind(X), y) > 0.7
    np.testing.assert_array_equal(classifier().fit(kind(X), y).predict(X), dense.predict(X))


@pytest.mark.parametrize("name", ["n_trials", "ensemble_folds", "confirm_seeds"])
@pytest.mark.parametrize("value", ["many", 1.5, True, -1])
def test_numbers_of_networks_are_whole(name, value):
    X, y = three_clouds()
    network = Sequential(Dense(Int(2, 3)))
    with pytest.raises(ValueError, match=f"{name} must be None or a whole number of at least"):
        ShoalClassifier(network, **{"n_trials": 2, "ensemble_folds": 0, name: value}).fit(X, y)
