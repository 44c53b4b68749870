"""The model card: what it says is right, also in the file and where nothing is known."""

import dataclasses
import json

import pytest
import small_problems
from small_problems import blobs, plane
from typer.testing import CliRunner

import shoal
from shoal import Dense, Recipe, Sequential, losses, relu
from shoal.cli.main import app
from shoal.models.card import FEW_ROWS, versions
from shoal.optimizers import SGD
from shoal.store.tensors import read_index

small_problems.share_programs()


@pytest.fixture(scope="module")
def classifier():
    recipe = Recipe(optimizer=SGD(learning_rate=0.1), epochs=2, batch_size=32)
    return shoal.train(Sequential(Dense(4), relu, Dense(3)), recipe, blobs())


def told(model, **changes):
    return dataclasses.replace(model, info={**model.info, **changes})


def test_what_training_knew_is_on_the_card(classifier):
    card, data = classifier.card(), blobs()
    rows = classifier.info["data"]["rows"]
    assert card.startswith(f"# Model card: classification of {data.name}\n")
    assert f"- Digest: {classifier.info['data']['digest']}\n" in card
    assert len(classifier.info["data"]["digest"]) == 64
    counted = classifier.info["data"]["class_rows"]
    assert {part: sum(each) for part, each in counted.items()} == rows
    assert [sum(each) for each in zip(*counted.values(), strict=True)] == [
        int((data.y == i).sum()) for i in range(3)
    ]
    first = " | ".join(str(each[0]) for each in counted.values())
    assert f"| {data.classes[0]} | {first} |\n" in card
    assert f"{sum(rows.values())} rows: {rows['train']} train, {rows['validation']}" in card
    assert "One network of " in card
    assert f"{classifier.network.parameter_count()} parameters, trained by CrossEntropy" in card
    assert "One network was trained; nothing was searched." in card
    assert f"- jax {versions()['jax']}\n" in card


@pytest.mark.parametrize(
    ("right", "rows", "interval"),
    [(81, 263, "0.255 to 0.366"), (0, 10, "0.000 to 0.278"), (98, 100, "0.930 to 0.994")],
)  # after Newcombe (1998), method 3, and by hand
def test_an_accuracy_on_test_rows_has_its_interval(classifier, right, rows, interval):
    data = {"task": "classification", "rows": {"train": 60, "validation": 20, "test": rows}}
    scores = {"accuracy": right / rows, "log_loss": 0.5}
    card = told(classifier, data=data, test=scores, validation=scores).card()
    assert card.count(interval) == 1, "the validation rows have chosen the network"
    assert f"On the {rows} test rows" in card
    weighted = told(classifier, data={**data, "weighted": True}, test=scores, validation=scores)
    assert interval not in weighted.card()


def test_limits_are_named(classifier):
    data = {
        "task": "classification",
        "rows": {"train": 330, "validation": 50, "test": 50},
        "class_rows": {"train": [FEW_ROWS - 1, 200, FEW_ROWS], "test": [0, 20, 30]},
        "notes": ["column | a tells the answer"],
    }
    scores = {"accuracy": 0.9, "calibration_error": 0.213}
    card = told(classifier, data=data, test=scores, interrupted=True).card()
    limits, name = card.partition("## Limits")[2], blobs().classes[0]
    assert f"Rare classes, with fewer than 30 rows in training: {name} (29)." in limits
    assert f"Classes without a test row, of which no score says anything: {name}." in limits
    assert "only 50 test rows: one of them is 2 % of a score" in limits
    assert "badly calibrated: on the test rows they differ" in limits
    assert "by 0.213 on average" in limits
    assert "column \\| a tells" in limits
    assert "was interrupted" in limits
    good = told(classifier, data=data, test={**scores, "calibration_error": 0.01}).card()
    assert "calibrated" not in good


def test_what_is_not_known_is_said(classifier):
    card = dataclasses.replace(classifier, info={}).card()
    for sentence in (
        "- Digest: not known", "How the rows were split is not known.", "No scores are known.",
        "How the network was found is not known.", "has not been scored on test rows",
    ):  # fmt: skip
        assert sentence in card


def test_the_card_is_in_the_file_and_shown(classifier, tmp_path):
    path = tmp_path / "m.safetensors"
    classifier.save(path)
    with open(path, "rb") as file:
        index = read_index(file, path.stat().st_size)
    assert index.metadata["card"] == classifier.card()
    assert shoal.Model.load(path).card() == classifier.card()
    shown = CliRunner().invoke(app, ["show", str(path), "--card"])
    assert shown.output.rstrip("\n") == classifier.card().rstrip("\n")
    as_json = CliRunner().invoke(app, ["show", str(path), "--card", "--json"])
    assert json.loads(as_json.output) == {"card": classifier.card().rstrip("\n") + "\n"}


def test_an_ensemble_has_one(classifier):
    together = shoal.Ensemble.of([classifier, classifier])
    count = 2 * classifier.network.parameter_count()
    assert f"An ensemble of 2 networks with {count} parameters in all." in together.card()


def test_a_regression_has_no_interval_and_no_classes():
    recipe = Recipe(optimizer=SGD(0.1), epochs=2, batch_size=32, loss=losses.SquaredError())
    card = shoal.train(Sequential(Dense(2)), recipe, plane()).card()
    assert "| class |" not in card
    assert " to " not in card.partition("## Scores")[2].partition("## Search")[0]
