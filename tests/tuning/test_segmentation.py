"""Segmentation, end to end: pictures and masks in, a model that draws masks out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from small_problems import numbers, same_weights, search_points
from typer.testing import CliRunner

import shoal
from shoal import (
    Concat,
    Conv,
    Float,
    Input,
    Int,
    MaxPool,
    Network,
    Recipe,
    Space,
    UpSample,
    relu,
)
from shoal.augmentation import Elastic, Flip, Rotation
from shoal.cli.main import app
from shoal.data import Dataset
from shoal.data.io.bundled import CLASSES, draw_shapes
from shoal.defaults.choose import default_network, default_recipe
from shoal.losses import CrossEntropy, Dice
from shoal.optimizers import AdamW


def pictures():
    images, masks = draw_shapes(60, 12, seed=0, noise=0.05)
    masks[:, 0] = -1  # a row of which nothing is known
    return Dataset.from_arrays(images, masks, classes=CLASSES, name="small shapes")


def network(channels):
    x = Input((12, 12, 1))
    left = relu(Conv(channels, kernel_size=3)(x))
    down = relu(Conv(channels, kernel_size=3)(MaxPool(2)(left)))
    return Network(Conv(4, kernel_size=1)(Concat()(UpSample(2)(down), left)))


def recipe(degrees, dice=0.5):
    return Recipe(
        loss=CrossEntropy() + dice * Dice(),
        optimizer=AdamW(learning_rate=2e-2), epochs=3, batch_size=8,
        augmentation=(Rotation(degrees), Flip(0.5), Elastic(0.05)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def study():
    ranged = recipe(Float(0.0, 40.0, name="degrees"))
    points = [{"conv_1.channels": c, "degrees": d} for c, d in ((3, 0.0), (5, 30.0), (4, 40.0))]
    return search_points(network(Int(3, 5)), ranged, pictures(), points, lanes=2)


def test_the_objective_is_iou_and_the_winner_has_all_metrics(study):
    assert study.file.header.objective == {"metric": "iou", "direction": "maximize"}
    assert {"iou", "dice", "pixel_accuracy", "loss"} <= set(study.winner["test"])


def test_a_lane_is_trained_as_if_alone(study):
    alone = shoal.train(network(4), recipe(40.0), pictures())
    same_weights(alone, study.model(2), rtol=1e-4)
    losses = [e["train_loss"] for e in alone.info["history"]]
    np.testing.assert_allclose(numbers(study, 2)[:, 0], losses, rtol=1e-4)


def test_pixels_and_pictures_of_the_test_split_are_told(study):
    model, data = study.best_model, pictures()
    rows = shoal.data.split(data, seed=0).test
    part = replace(data, x=data.x[rows], y=data.y[rows])
    predicted, known = model.predict(part), part.y >= 0
    counts = np.zeros((4, 4), int)
    np.add.at(counts, (part.y[known], predicted[known]), 1)
    np.testing.assert_array_equal(study.winner["confusion"], counts)
    assert {entry["row"] for entry in study.winner["overlays"]} <= set(rows.tolist())
    hit = np.diag(counts)
    union = counts.sum(0) + counts.sum(1) - hit
    told = model.evaluate(part)
    assert told["iou"] == pytest.approx((hit / union)[union > 0].mean(), rel=1e-5)
    assert model.evaluate(part.x, part.y) == told
    assert told["pixel_accuracy"] == pytest.approx(hit.sum() / counts.sum(), rel=1e-5)
    assert study.winner["test"]["iou"] == pytest.approx(told["iou"], rel=1e-5)


def test_a_model_file_draws_the_same_masks(study, tmp_path):
    model, data = study.best_model, pictures()
    model.save(tmp_path / "m.safetensors")
    again = shoal.Model.load(tmp_path / "m.safetensors")
    masks, shares = again.predict(data.x), again.predict_proba(data.x)
    np.testing.assert_array_equal(masks, model.predict(data.x))
    assert shares.shape == (60, 12, 12, 4)
    np.testing.assert_allclose(shares.sum(-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(shares.argmax(-1), masks)


def test_masks_of_several_networks(study, tmp_path):
    together, data = study.best_ensemble, pictures()
    mean = sum(
        s * m.predict_proba(data) for m, s in zip(together.models, together.shares, strict=True)
    )
    np.testing.assert_array_equal(together.predict(data), mean.argmax(axis=-1))
    test = data.rows(study.split().test)
    assert study.ensembles["greedy"]["test"] == pytest.approx(together.evaluate(test))
    together.save(tmp_path / "together.safetensors")
    data = ["predict", tmp_path / "together.safetensors", "shapes", "--out", tmp_path / "masks.npz"]
    result = CliRunner().invoke(app, list(map(str, data)))
    assert result.exit_code == 0, result.output  # bundled pictures of another size
    assert np.load(tmp_path / "masks.npz")["y"].shape == (400, 32, 32)


def test_masks_as_files(study, tmp_path):
    model, data = study.best_model, pictures()
    model.save(tmp_path / "m.safetensors")
    np.savez(tmp_path / "new.npz", x=data.x[:11])
    wanted = model.predict(data.x[:11])

    def predict(out):
        arguments = ["predict", tmp_path / "m.safetensors", tmp_path / "new.npz", "--out", out]
        return CliRunner().invoke(app, [*map(str, arguments), "--json"])

    done = predict(tmp_path / "masks")
    assert json.loads(done.stdout)["rows"] == 11
    files = sorted((tmp_path / "masks").iterdir())
    assert [path.name for path in files] == [f"{i:02}.png" for i in range(11)]
    np.testing.assert_array_equal([np.asarray(Image.open(path)) for path in files], wanted)
    predict(tmp_path / "masks.npz")
    np.testing.assert_array_equal(np.load(tmp_path / "masks.npz")["y"], wanted)
    refused = predict(tmp_path / "masks")
    assert (refused.exit_code, "masks go to a new folder" in refused.output) == (2, True)


@pytest.mark.parametrize("size", [(12, 12), (30, 45), (131, 140)])
@pytest.mark.parametrize("ranges", [False, True])
def test_the_default_network_fits_any_size(size, ranges):
    data = Dataset.from_arrays(
        np.zeros((8, *size, 3), np.uint8), np.arange(8 * size[0] * size[1]).reshape(8, *size) % 2
    )
    built = default_network(data, ranges=ranges)
    narrow = built if not ranges else default_network(data, ranges=False)
    assert narrow.output_shape == (*size, 2)
    assert built.is_family() == ranges
    recipe = default_recipe(data, ranges=ranges)
    # One hyperparameter decides on all flips; its default is to flip.
    assert ("flips" in Space(recipe).names()) == ranges
    flip = recipe.augmentation[0]
    assert (flip.horizontal.default if ranges else flip.horizontal) == 0.5


def test_scores_of_few_pictures_are_held_at_a_time(study, monkeypatch):
    model, data = study.best_model, pictures()
    several = shoal.Ensemble.of([model, model])
    whole = [model.predict(data), several.predict(data), model.evaluate(data), model.by_class(data)]
    held = []
    run = shoal.engine.predictor.Predictor.__call__

    def call(self, params, x, y=None):
        held.append(len(x))
        return run(self, params, x, y)

    monkeypatch.setattr("shoal.engine.predictor.Predictor.__call__", call)
    monkeypatch.setattr("shoal.engine.predictor.PIECE", 7 * 12 * 12 * 4)
    assert np.array_equal(model.predict(data), whole[0])
    assert np.array_equal(several.predict(data), whole[1])
    assert model.evaluate(data) == pytest.approx(whole[2], rel=1e-12)
    for metric, by_class in model.by_class(data).items():
        assert by_class == pytest.approx(whole[3][metric], rel=1e-12)
    assert max(held) == 7
