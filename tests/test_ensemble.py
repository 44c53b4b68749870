"""Ensembles out of a study: the mean of the best, and the greedy choice."""

import numpy as np
import pytest
from small_problems import adamw, blobs, perceptrons, plane, sgd

import shoal
from shoal import Dense, Int, Sequential, losses, tanh
from shoal.errors import StudyError


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


def test_the_greedy_one_is_never_worse_on_what_it_was_chosen_by(study):
    validation = blobs().rows(study.split().validation)
    chosen = study.greedy_ensemble(blobs())
    assert sum(chosen.shares) == pytest.approx(1)
    singles = [m.evaluate(validation)["accuracy"] for m in study._kept()]
    assert chosen.evaluate(validation)["accuracy"] >= max(singles)


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
    best = min(model.evaluate(validation)["rmse"] for model in study._kept())
    assert study.greedy_ensemble(plane()).evaluate(validation)["rmse"] <= best * (1 + 1e-6)


def test_what_cannot_be_is_refused(study):
    with pytest.raises(StudyError, match=r"whose weights are kept; expected 1 to 5; received 6"):
        study.ensemble(6)
    folds = shoal.search(
        perceptrons(), adamw(epochs=1), blobs(), trials=1, folds=2, confirm_seeds=0
    )
    with pytest.raises(StudyError, match="chosen on a validation split; received folds"):
        folds.greedy_ensemble(blobs())
