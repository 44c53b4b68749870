"""Losses through the whole path: what they need of the data, what the model then says."""

import numpy as np
import pytest
from sklearn.metrics import jaccard_score, roc_auc_score, root_mean_squared_error
from sklearn.utils.class_weight import compute_class_weight

import shoal
from shoal import Choice, Conv, Dense, Float, Recipe, Sequential, losses
from shoal.data import Dataset
from shoal.engine.predictor import predictor_for
from shoal.errors import DataError, ModelError, RecipeError


def rare():
    """Two classes, one of them a tenth of the rows."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 4))
    y = np.arange(200) % 10 == 0
    x[y] += 1.5
    return Dataset.from_arrays(x, y.astype(int), name="rare")


def counts():
    """How often something happens, by two columns."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(240, 2))
    return Dataset.from_arrays(x, rng.poisson(np.exp(1.5 + x[:, 0])), task="regression")


def pictures():
    """Noisy pictures with a bright square, and where it is."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 8, 8, 1)) * 0.3
    masks = np.zeros((60, 8, 8), int)
    for i, (r, c) in enumerate(rng.integers(0, 5, (60, 2))):
        masks[i, r : r + 3, c : c + 3] = 1
    return Dataset.from_arrays(x + masks[..., None], masks)


def recipe(loss, **rest):
    adamw = shoal.optimizers.AdamW(learning_rate=0.02)
    return Recipe(**{"loss": loss, "optimizer": adamw, "epochs": 6, "batch_size": 32, **rest})


def test_balanced_weights_are_scikit_learns_and_are_kept_with_the_model():
    data = rare()
    model = shoal.train(
        Sequential(Dense(2)), recipe(losses.CrossEntropy(class_weights="balanced")), data,
        objective="balanced_accuracy",
    )  # fmt: skip
    train = shoal.data.split(data, seed=0).train
    wanted = compute_class_weight("balanced", classes=np.array([0, 1]), y=data.y[train])
    assert model.recipe.loss.class_weights == pytest.approx(wanted)
    assert model.info["validation"]["balanced_accuracy"] > 0.6


def test_balanced_weights_are_found_inside_sums_and_choices():
    loss = Choice(
        losses.CrossEntropy(class_weights="balanced"),
        losses.Focal(class_weights="balanced") + Float(0.0, 1.0) * losses.CrossEntropy(),
    )
    study = shoal.search(
        Sequential(Dense(2)), recipe(loss, epochs=1), rare(), trials=4, confirm_seeds=0,
        objective="auc",
    )  # fmt: skip
    assert all(trial.state == "completed" for trial in study.trials)
    assert '"balanced"' not in str(study.header.recipe)


def test_two_classes_may_share_one_output():
    data = rare()
    model = shoal.train(Sequential(Dense(1)), recipe(losses.CrossEntropy()), data, objective="auc")
    chances = model.predict_proba(data.x)
    assert chances.shape == (200, 2)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(model.predict(data.x), chances.argmax(axis=1))
    told = model.evaluate(data)
    assert told["auc"] == pytest.approx(roc_auc_score(data.y, chances[:, 1]), rel=1e-6)
    rows = shoal.data.split(data, seed=0).validation
    assert model.info["validation"]["auc"] == pytest.approx(
        roc_auc_score(data.y[rows], chances[rows, 1]), rel=1e-6
    )


def test_a_margin_is_no_probability():
    data = rare()
    model = shoal.train(Sequential(Dense(2)), recipe(losses.MulticlassHinge()), data)
    assert set(np.unique(model.predict(data.x))) <= {0, 1}
    assert "log_loss" not in model.evaluate(data)
    with pytest.raises(ModelError, match="probabilities come from cross entropy"):
        model.predict_proba(data.x)


def test_poisson_predicts_rates_in_the_units_of_the_counts():
    data = counts()
    model = shoal.train(Sequential(Dense(1)), recipe(losses.Poisson(), epochs=12), data)
    told = model.predict(data.x)
    assert told.min() > 0
    assert model.evaluate(data)["rmse"] == pytest.approx(
        root_mean_squared_error(data.y, told), rel=1e-4
    )
    assert model.evaluate(data)["r2"] > 0.3


def test_gaussian_likelihood_predicts_the_mean():
    data = counts()
    model = shoal.train(Sequential(Dense(2)), recipe(losses.GaussianNLL(), epochs=12), data)
    assert model.predict(data.x).shape == (240,)
    assert model.evaluate(data)["r2"] > 0.2


def test_divergence_predicts_shares():
    shares = np.random.default_rng(6).dirichlet([1, 2, 3], 120)
    data = Dataset.from_arrays(np.log(shares), shares, task="regression")
    model = shoal.train(Sequential(Dense(3)), recipe(losses.KLDivergence()), data)
    np.testing.assert_allclose(model.predict(data.x).sum(axis=1), 1, rtol=1e-5)


def test_a_segmentation_is_scored_over_all_pixels():
    data = pictures()
    loss = losses.CrossEntropy(class_weights="balanced") + losses.Dice(background=False)
    model = shoal.train(
        Sequential(Conv(4, kernel_size=3, padding="same"), shoal.relu, Conv(2, kernel_size=1)),
        recipe(loss, epochs=8, batch_size=8), data,
    )  # fmt: skip
    told = model.evaluate(data)
    predictor = predictor_for(model.network, model.recipe, "segmentation")
    scores = predictor(model.params, model.preprocessing.transform(data)).outputs
    masks = scores.argmax(axis=-1)
    assert told["iou"] == pytest.approx(jaccard_score(data.y.ravel(), masks.ravel()))
    assert told["iou"] > 0.3


def test_weights_of_examples_count_in_training_and_in_metrics():
    plain = rare()
    weight = np.where(plain.y == 1, 9.0, 1.0)
    weight[::7] = 0.0
    data = Dataset.from_arrays(plain.x, plain.y, weight=weight)
    family, how = Sequential(Dense(2)), recipe(losses.CrossEntropy())
    model, unweighted = (shoal.train(family, how, d) for d in (data, plain))
    assert (model.predict(plain.x) == 1).sum() > (unweighted.predict(plain.x) == 1).sum()
    told = model.predict(data.x)
    wanted = np.average(told == data.y, weights=weight)
    assert model.evaluate(data)["accuracy"] == pytest.approx(wanted)
    rows = shoal.data.split(data, seed=0).validation
    wanted = np.average(told[rows] == data.y[rows], weights=weight[rows])
    assert model.info["validation"]["accuracy"] == pytest.approx(wanted)
    scaled = Dataset.from_arrays(plain.x, plain.y, weight=1000 * weight)
    again = shoal.train(family, how, scaled)
    np.testing.assert_allclose(
        again.predict_proba(plain.x), model.predict_proba(plain.x), atol=1e-5
    )
    for bad, message in ((weight[1:], "one weight"), (-weight, "from 0"), (0 * weight, "zeros")):
        with pytest.raises(DataError, match=message):
            Dataset.from_arrays(plain.x, plain.y, weight=bad)


def test_targets_that_a_loss_is_not_for_are_refused():
    x = np.random.default_rng(7).normal(size=(60, 2))
    below = Dataset.from_arrays(x, x[:, 0], task="regression")
    family = Sequential(Dense(1))
    for loss, data, message in (
        (losses.Poisson(), below, "Poisson loss is for counts; expected targets from 0"),
        (losses.KLDivergence(), below, "targets that are distributions"),
        (Choice(losses.Poisson(), losses.Huber()), below, "take their targets alike"),
    ):
        with pytest.raises(RecipeError, match=message):
            shoal.search(family, recipe(loss), data, trials=2)


@pytest.mark.parametrize("objective", ["log_loss", "calibration_error"])
def test_what_is_of_probabilities_is_no_objective_of_a_margin(objective):
    network = Sequential(Dense(2))
    with pytest.raises(RecipeError, match=f"{objective} is of probabilities.*received Multiclass"):
        shoal.train(network, recipe(losses.MulticlassHinge()), rare(), objective=objective)
