"""Several labels through the whole path."""

import csv
import json

import numpy as np
import pytest
import small_problems
from sklearn.metrics import f1_score, log_loss
from typer.testing import CliRunner

import shoal
from shoal import Dense, Float, Recipe, Sequential, losses
from shoal.cli.main import app
from shoal.data import Dataset
from shoal.errors import RecipeError

small_problems.share_programs()


def weather():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 3))
    return Dataset.from_arrays(
        x, np.stack([x[:, 0] > 0, x[:, 1] + x[:, 2] > 0.5], 1), task="multi-label",
        classes=("rain", "wind"), name="weather",
    )  # fmt: skip


def recipe(loss, **rest):
    adamw = shoal.optimizers.AdamW(learning_rate=0.05)
    return Recipe(**{"loss": loss, "optimizer": adamw, "epochs": 8, "batch_size": 16, **rest})


def test_a_search_over_labels_finds_them(tmp_path):
    data = weather()
    loss = losses.BinaryCrossEntropy(positive_weight=Float(0.5, 2.0))
    study = shoal.search(Sequential(Dense(2)), recipe(loss), data, trials=3, confirm_seeds=1)
    model = study.best_model
    model.save(tmp_path / "m.safetensors")
    model = shoal.Model.load(tmp_path / "m.safetensors")
    said, chances = model.predict(data.x), model.predict_proba(data.x)
    assert said.shape == chances.shape == (240, 2)
    np.testing.assert_array_equal(said, chances > 0.5)
    told = model.evaluate(data)
    assert told["f1"] == pytest.approx(f1_score(data.y, said, average="macro"), rel=1e-6)
    assert told["log_loss"] == pytest.approx(
        np.mean([log_loss(data.y[:, k], chances[:, k]) for k in (0, 1)]), rel=1e-4
    )
    assert told["f1"] > 0.9
    study.report(tmp_path / "r.html")
    assert "label_accuracy" in (tmp_path / "r.html").read_text()


def test_a_label_that_is_not_known_teaches_nothing():
    data, blank = weather(), weather()
    blank.y[::2, 1] = -1
    model = shoal.train(Sequential(Dense(2)), recipe(losses.BinaryCrossEntropy()), blank)
    whole = shoal.train(Sequential(Dense(2)), recipe(losses.BinaryCrossEntropy()), data)
    assert model.evaluate(data)["f1"] > 0.85
    own, other = (m.params["dense_1"]["weight"] for m in (model, whole))
    assert not np.array_equal(own[:, 1], other[:, 1])


def test_losses_of_other_tasks_are_refused():
    with pytest.raises(RecipeError, match=r"multi-label.*Use losses\.BinaryCrossEntropy"):
        shoal.train(Sequential(Dense(2)), recipe(losses.CrossEntropy()), weather())


def test_the_command_takes_columns_of_labels(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = weather()
    with open("weather.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "rain", "wind"])
        writer.writerows(
            [*map(float, x), *map(int, y)] for x, y in zip(data.x, data.y, strict=True)
        )

    def run(*arguments):
        result = CliRunner().invoke(app, [*arguments, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    found = run("train", "weather.csv", "--target", "rain,wind", "--epochs", "8")
    assert set(found["test"]) >= {"f1", "label_accuracy", "exact_accuracy"}
    assert run("evaluate", found["model"], "weather.csv")["f1"] > 0.8
    run("predict", found["model"], "weather.csv", "--out", "p.csv")
    with open("p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["rain", "wind"]
    assert {row["rain"] for row in rows} == {"0", "1"}
    assert run("show", found["model"])["task"] == "multi-label"
