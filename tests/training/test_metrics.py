"""Metrics against scikit-learn's, in the user's units, over batches with padding."""

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics as sk

from shoal.errors import RecipeError
from shoal.training import DIRECTIONS, Objective, Scale
from shoal.training.metrics import metric_sums


def summed(task, outputs, targets, losses, batch):
    """The sums over a split in padded batches, as training adds them up."""
    padding = -len(outputs) % batch
    weight = np.pad(np.ones(len(outputs), np.float32), (0, padding))

    def padded(values):
        return np.pad(values, [(0, padding)] + [(0, 0)] * (values.ndim - 1), constant_values=3)

    total = {}
    for start in range(0, len(weight), batch):
        part = slice(start, start + batch)
        arrays = (padded(outputs)[part], padded(targets)[part], padded(losses)[part], weight[part])
        for name, value in metric_sums(task, *map(jnp.asarray, arrays)).items():
            total[name] = total.get(name, 0) + np.asarray(value)
    return total


def test_classification_metrics_are_scikit_learns():
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(70, 4)).astype(np.float32)
    targets = rng.integers(0, 4, 70).astype(np.int32)
    chances = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    losses = -np.log(chances[np.arange(70), targets])
    sums = summed("classification", outputs, targets, losses, batch=32)
    found = Scale.of("classification", targets, np.ones(4)).metrics(sums)
    assert found["accuracy"] == sk.accuracy_score(targets, outputs.argmax(axis=1))
    assert found["loss"] == pytest.approx(sk.log_loss(targets, chances), rel=1e-6)


@pytest.mark.parametrize("count", [1, 3])
def test_regression_metrics_are_scikit_learns_in_the_users_units(count):
    rng = np.random.default_rng(count)
    mean, std = np.arange(count) * 50.0, np.array([100.0, 0.01, 3.0])[:count]
    true = rng.normal(size=(75, count)) * std + mean
    told = true + rng.normal(size=(75, count)) * std
    y, o = ((v - mean) / std for v in (true, told))
    losses = ((o - y) ** 2).mean(axis=1)
    arrays = (v.astype(np.float32) for v in (o, y, losses))
    sums = summed("regression", *arrays, batch=32)
    found = Scale.of("regression", y, std).metrics(sums)
    assert found["rmse"] == pytest.approx(sk.root_mean_squared_error(true, told), rel=1e-5)
    assert found["mae"] == pytest.approx(sk.mean_absolute_error(true, told), rel=1e-5)
    assert found["r2"] == pytest.approx(sk.r2_score(true, told), rel=1e-4)
    assert found["loss"] == pytest.approx(sk.mean_squared_error(y, o), rel=1e-5)


def test_r2_of_a_constant_target_is_undefined():
    y = np.full((10, 1), 0.5, np.float32)
    sums = summed("regression", y + 1, y, np.ones(10, np.float32), batch=4)
    assert np.isnan(Scale.of("regression", y, np.ones(1)).metrics(sums)["r2"])


@pytest.mark.parametrize("task", DIRECTIONS)
def test_objectives_are_smaller_where_the_metric_is_better(task):
    assert Objective.of(task).metric == next(iter(DIRECTIONS[task]))
    for metric, direction in DIRECTIONS[task].items():
        objective = Objective.of(task, metric)
        good, bad = (0.9, 0.2) if direction == "maximize" else (0.2, 0.9)
        assert objective.value({metric: good}) < objective.value({metric: bad})
        assert objective.direction == direction


def test_unknown_objective_is_refused():
    with pytest.raises(RecipeError, match=r"metric of regression; expected rmse, mae, r2, loss; "
                       r"received accuracy"):  # fmt: skip
        Objective.of("regression", "accuracy")
    with pytest.raises(RecipeError, match="expected accuracy, loss; received f1"):
        Objective.of("classification", "f1")
