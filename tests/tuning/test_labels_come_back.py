"""Labels come back from a model, an ensemble and their files as they were given."""

import numpy as np
import pandas as pd
import pytest

import shoal
from shoal import Dense, Ensemble, Float, Model, Recipe, Sequential
from shoal.data import Dataset
from shoal.optimizers import AdamW

X = np.random.default_rng(0).normal(size=(60, 3)) + 3 * (np.arange(60) % 2)[:, None]

LABELS = {
    "booleans": np.array([False, True]),
    "floats": np.array([0.0, 1.0], np.float32),
    "digits as names": np.array(["0", "1"]),
    "numbers": np.array([7, 200], np.uint8),
}


@pytest.mark.parametrize("what", LABELS)
def test_predictions_equal_the_targets(what, tmp_path):
    y = LABELS[what][np.arange(60) % 2]
    study = shoal.search(
        Sequential(Dense(2)),
        Recipe(epochs=30, optimizer=AdamW(learning_rate=Float(0.05, 0.1))),
        Dataset.from_arrays(X, y), trials=2, lanes=2, confirm_seeds=0,
    )  # fmt: skip
    models = [study.best_model, study.ensemble(2)]
    models[0].save(tmp_path / "m.safetensors")
    models[1].save(tmp_path / "e.safetensors")
    models += [Model.load(tmp_path / "m.safetensors"), Ensemble.load(tmp_path / "e.safetensors")]
    for model in models:
        found = model.predict(X)
        assert found.dtype == y.dtype
        assert (found == y).mean() > 0.9
        assert (pd.Series(y) == found).mean() > 0.9
        assert model.classes.tolist() == LABELS[what].tolist()
        assert model.evaluate(X, y)["accuracy"] == (found == y).mean()
        assert sorted(model.by_class(X, y)["f1"]) == sorted(map(str, LABELS[what]))
    assert study.file.result("winner")["positive"] in map(str, LABELS[what])
    study.close()


def test_an_objective_for_numbers_makes_numbers_of_whole_ones():
    counts = Dataset.from_arrays(X, np.arange(60) % 4)
    assert counts.task == "classification"
    recipe = Recipe(epochs=1, loss=shoal.losses.SquaredError())
    model = shoal.train(Sequential(Dense(1)), recipe, counts, objective="rmse")
    assert model.task == "regression"
    assert {"rmse", "mae", "r2"} <= set(model.info["test"])
    asked = Dataset.from_arrays(X, np.arange(60) % 4, task="classification")
    with pytest.raises(shoal.errors.RecipeError, match="a metric of classification"):
        shoal.train(Sequential(Dense(4)), recipe, asked, objective="rmse")
    curve = shoal.compare(Sequential(Dense(1)), recipe, counts, {"a": {}}, seeds=1,
                          objective="mae")  # fmt: skip
    assert curve.models["a"][0].task == "regression"


def test_a_search_goes_on_with_data_that_were_taken_for_numbers(tmp_path):
    counts = Dataset.from_arrays(X, np.arange(60) % 4)
    recipe = Recipe(epochs=1, loss=shoal.losses.SquaredError())
    options = {"objective": "rmse", "study": tmp_path / "s.study", "confirm_seeds": 0}
    shoal.search(Sequential(Dense(1)), recipe, counts, trials=1, **options).close()
    again = shoal.resume(tmp_path / "s.study", counts, trials=1)
    assert again.header.dataset["task"] == "regression"
    again.close()
