"""Ensembles out of a study: the mean of the best, and the greedy choice."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from small_problems import adamw, blobs, perceptrons, plane, sgd

import shoal
from shoal import Dense, Int, Sequential, losses, tanh
from shoal.data import Dataset, Examples
from shoal.engine import Objective
from shoal.errors import StudyError
from shoal.models.ensemble import weighted_mean
from shoal.models.ensemble_selection import greedy


@pytest.fixture(scope="module")
def study():
    return shoal.search(perceptrons(), adamw(), blobs(), trials=6, lanes=6, confirm_seeds=0)


def test_the_mean_of_the_best(study):
    ranking = sorted(study.trials, key=lambda t: (t.objective, t.metrics["loss"]))
    three = [study.model(trial.id).predict_proba(blobs()) for trial in ranking[:3]]
    together = study.ensemble(3)
    np.testing.assert_allclose(together.predict_proba(blobs()), np.mean(three, axis=0), rtol=1e-6)
    np.testing.assert_array_equal(together.predict(blobs()), np.mean(three, axis=0).argmax(axis=1))
    accuracy = np.mean(together.predict(blobs()) == blobs().y)
    assert together.evaluate(blobs())["accuracy"] == pytest.approx(accuracy)


def test_one_alone_is_the_model_itself(study):
    alone, best = study.ensemble(1), study.best_model
    test = blobs().rows(study.split().test)
    whole = best.evaluate(test)
    assert {k: v for k, v in whole.items() if k != "loss"} == pytest.approx(alone.evaluate(test))


def test_the_greedy_one_is_never_worse_than_the_best_few_on_what_it_was_chosen_by(study):
    validation = blobs().rows(study.split().validation)
    chosen = study.greedy_ensemble(blobs())
    assert sum(chosen.shares) == pytest.approx(1)
    few = study.ensemble(3).evaluate(validation)
    assert chosen.evaluate(validation)["accuracy"] >= few["accuracy"]


def test_the_greedy_one_finds_who_makes_up_for_whose_mistakes():
    """Two that err in different places, and two that err in the same: forward selection."""
    truth = np.array([1.0, -1.0, 2.0, 0.5])
    off = np.array([0.4, 0.4, -0.4, -0.4])
    errors = {"left": off, "right": -off, "twin": off, "poor": off * 3}
    models = [Fixed(name, truth + error) for name, error in errors.items()]
    part = Examples(np.zeros((4, 1), np.float32), truth[:, None].astype(np.float32))
    found = greedy(models, part, Objective.of("regression"))
    share = {model.name: s for model, s in zip(found.models, found.shares, strict=True)}
    assert share["right"] == pytest.approx(0.5)
    assert share["left"] + share["twin"] == pytest.approx(0.5)
    assert "poor" not in share


@dataclass
class Fixed:
    """A stand-in for a model whose answers are known."""

    name: str
    told: np.ndarray
    task: str = "regression"

    @property
    def preprocessing(self):
        return PLAIN

    def answers(self, x):
        return self.told[:, None].astype(np.float32)


PLAIN = SimpleNamespace(task="regression", outputs=1, target_scale=np.ones(1), positive_index=1)


def test_values():
    family = Sequential(Dense(Int(3, 6)), tanh, Dense(2))
    study = shoal.search(
        family, sgd(loss=losses.SquaredError()), plane(), trials=4, lanes=4, confirm_seeds=0
    )
    together = study.ensemble(2)
    means = np.mean([model.predict(plane()) for model in together.models], axis=0)
    np.testing.assert_allclose(together.predict(plane()), means, rtol=1e-5)
    error = np.sqrt(np.mean((means - plane().y) ** 2, axis=0)).mean()
    assert together.evaluate(plane())["rmse"] == pytest.approx(error, rel=1e-4)
    validation = plane().rows(study.split().validation)
    few = study.ensemble(3).evaluate(validation)["rmse"]
    assert study.greedy_ensemble(plane()).evaluate(validation)["rmse"] <= few * (1 + 1e-6)


def test_labels():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3))
    y = (x[:, :2] + x[:, 2:] > 0.5).astype(int)
    data = Dataset.from_arrays(x, y, task="multi-label")
    family = Sequential(Dense(Int(3, 6)), tanh, Dense(2))
    study = shoal.search(
        family, adamw(loss=losses.BinaryCrossEntropy()), data, trials=3, confirm_seeds=0
    )
    together = study.ensemble(3)
    means = np.mean([model.predict_proba(x) for model in together.models], axis=0)
    np.testing.assert_array_equal(together.predict(x), means > 0.5)
    metrics = together.evaluate(data)
    assert metrics["label_accuracy"] == pytest.approx(np.mean((means > 0.5) == y))
    told = np.where(y == 1, np.log(means), np.log(1 - means))
    assert metrics["log_loss"] == pytest.approx(-told.mean(), rel=1e-4)


def test_what_cannot_be_is_refused(study):
    with pytest.raises(StudyError, match=r"whose weights are kept; expected 1 to 5; received 6"):
        study.ensemble(6)
    folds = shoal.search(
        perceptrons(), adamw(epochs=1), blobs(), trials=1, folds=2, confirm_seeds=0
    )
    with pytest.raises(StudyError, match="chosen on a validation split; received folds"):
        folds.greedy_ensemble(blobs())


def test_shares_that_add_up_to_one_but_for_rounding_bring_no_probability_above_it():
    sure = np.ones((4, 2), np.float32)
    for count in range(1, 40):
        mean = weighted_mean([1 / count] * count, [sure] * count)
        assert mean.dtype == np.float32
        assert mean.max() == 1.0
