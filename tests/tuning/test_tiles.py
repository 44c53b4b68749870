"""Segmentation on tiles, end to end."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from small_problems import numbers, same_weights, search_points
from typer.testing import CliRunner

import shoal
from shoal import Conv, Input, Int, Network, Recipe, Sequential, relu
from shoal.augmentation import Flip, RandomCrop
from shoal.augmentation.random_crop import tile_side
from shoal.cli.data_options import requested_tile_side
from shoal.cli.main import app
from shoal.cli.mask_files import write_masks
from shoal.cli.plan import make_plan, read_network_option, tile_message
from shoal.data import Dataset
from shoal.data.io.bundled import draw_shapes
from shoal.defaults.choose import default_network, default_recipe, default_trials
from shoal.defaults.masks import FEWEST_TRIALS, WARM_UP, default_tile, patience_of
from shoal.errors import DataError, NetworkError, RecipeError
from shoal.losses import CrossEntropy, Dice
from shoal.optimizers import AdamW
from shoal.utils.default_values import TRIALS

TILE = 8


def pictures():
    images, masks = draw_shapes(16, 20, seed=0, noise=0.05)
    return Dataset.from_arrays(images[:, :, :18], (masks[:, :, :18] > 0).astype(int), name="wide")


def network(channels):
    x = Input((TILE, TILE, 1))
    return Network(Conv(2, kernel_size=1)(relu(Conv(channels, kernel_size=3)(x))))


def recipe(**given):
    return Recipe(
        loss=CrossEntropy() + Dice(), optimizer=AdamW(learning_rate=2e-2), epochs=2, batch_size=8,
        augmentation=(RandomCrop(TILE), Flip(0.5)), **given,
    )  # fmt: skip


@pytest.fixture(scope="module")
def study():
    points = [{"conv_1.channels": channels} for channels in (3, 5, 4)]
    return search_points(network(Int(3, 5)), recipe(), pictures(), points, lanes=2)


def test_a_lane_on_tiles_is_trained_as_if_alone(study):
    alone = shoal.train(network(4), recipe(), pictures())
    same_weights(alone, study.model(2), rtol=1e-4)
    losses = [epoch["train_loss"] for epoch in alone.info["history"]]
    np.testing.assert_allclose(numbers(study, 2)[:, 0], losses, rtol=1e-4)


def test_scores_are_of_whole_pictures(study):
    model, data = study.best_model, pictures()
    for part, told in ((study.split().validation, study.winner["validation"]),
                       (study.split().test, study.winner["test"])):  # fmt: skip
        rows = data.rows(part)
        assert model.evaluate(rows) == pytest.approx(told, rel=1e-5)
        masks = model.predict(rows)
        hit = ((masks == 1) & (rows.y == 1)).sum()
        dice = 2 * hit / ((masks == 1).sum() + (rows.y == 1).sum())
        assert told["dice"] == pytest.approx(dice, rel=1e-5)


def test_the_file_of_a_model_knows_its_tiles_and_predicts_any_size(study, tmp_path):
    model, data = study.best_model, pictures()
    model.save(tmp_path / "m.safetensors")
    again = shoal.Model.load(tmp_path / "m.safetensors")
    assert again.preprocessing.tile == (TILE, TILE)
    np.testing.assert_array_equal(again.predict(data), model.predict(data))
    shares = again.predict_proba(data.x[:2])
    assert shares.shape == (2, 20, 18, 2)
    np.testing.assert_allclose(shares.sum(-1), 1.0, rtol=1e-5)
    for size in ((3, 30), (TILE, TILE), (1, 1)):
        assert again.predict(np.zeros((2, *size, 1), data.x.dtype)).shape == (2, *size)
    # The middle of a picture does not know how far away the border is.
    wide = np.pad(data.x[:1], [(0, 0), (0, 13), (0, 11), (0, 0)], mode="edge")
    same = again.predict(wide)[0, :18, :16] == again.predict(data.x[:1])[0, :18, :16]
    assert same.mean() > 0.95


def test_an_ensemble_of_networks_on_tiles(study):
    together, data = study.best_ensemble, pictures()
    mean = sum(
        share * model.predict_proba(data)
        for model, share in zip(together.models, together.shares, strict=True)
    )
    np.testing.assert_array_equal(together.predict(data), mean.argmax(axis=-1))
    test = data.rows(study.split().test)
    assert study.ensembles["greedy"]["test"] == pytest.approx(together.evaluate(test))


def test_pictures_of_unlike_sizes(study):
    data = pictures()
    sizes = [(20, 18), (9, 14), (6, 18), (20, 7)] * 4
    x = [picture[:h, :w] for picture, (h, w) in zip(data.x, sizes, strict=True)]
    y = [mask[:h, :w] for mask, (h, w) in zip(data.y, sizes, strict=True)]
    unlike = Dataset.from_arrays(x, y)
    model = shoal.train(network(3), recipe(), unlike, progress=False)
    assert model.preprocessing.tile == (TILE, TILE)
    assert np.isfinite(list(model.info["test"].values())).all()
    masks, shares = model.predict(x[:4]), model.predict_proba(unlike)
    for i, (height, width) in enumerate(sizes[:4]):
        np.testing.assert_array_equal(masks[i, :height, :width], model.predict(x[i][None])[0])
        assert (masks[i, height:] == -1).all()
        assert np.isnan(shares[i, :, width:]).all()
    np.testing.assert_array_equal(model.predict(unlike)[:4], masks)
    together = study.best_ensemble
    wanted = together.predict(x[1][None])[0]
    np.testing.assert_array_equal(together.predict(x[:2])[1, :9, :14], wanted)


def test_masks_of_unlike_pictures_are_written_in_their_sizes(study, tmp_path):
    model, data = study.best_model, pictures()
    x = [data.x[0], data.x[1, :9, :14], data.x[2, :3]]
    unlike = replace(Dataset.from_arrays(x, task="segmentation"), example_names=("a", "b", "c"))
    write_masks(tmp_path / "masks", model, [unlike])
    for name, picture in zip("abc", x, strict=True):
        drawn = np.asarray(Image.open(tmp_path / "masks" / f"{name}.png"))
        np.testing.assert_array_equal(drawn, model.predict(picture[None])[0])
    with pytest.raises(DataError, match="no one array"):
        write_masks(tmp_path / "masks.npz", model, [unlike])


def test_a_look_inside_takes_tiles(study):
    model, data = study.best_model, pictures()
    tile = data.x[:2, :TILE, :TILE]
    assert len(shoal.inspect.activations(model, tile).histograms) >= 1
    with pytest.raises(DataError, match="Cut a tile out"):
        shoal.inspect.activations(model, data.x[:2])


def test_what_cannot_be_is_refused():
    data = pictures()
    with pytest.raises(NetworkError, match="as large as its picture"):
        shoal.train(Sequential(Conv(2, kernel_size=3, stride=2)), recipe(), data, progress=False)
    labels = Dataset.from_arrays(data.x, np.arange(16) % 2)
    with pytest.raises(RecipeError, match="for a segmentation"):
        shoal.train(
            Sequential(shoal.Flatten(), shoal.Dense(2)),
            replace(recipe(), loss=CrossEntropy()), labels, progress=False,
        )  # fmt: skip


def default_family(data):
    return default_network(data, ranges=True), default_recipe(data, ranges=True)


def blank(count, height, width):
    x = np.zeros((count, height, width, 1), np.uint8)
    return Dataset.from_arrays(x, np.arange(x.size).reshape(x.shape[:3]) % 2)


def test_large_pictures_are_trained_on_in_tiles_by_default():
    assert default_tile(blank(2, 256, 256)) is None
    wide = blank(4, 100, 300)
    assert default_network(wide, ranges=False).input_shape == (100, 256, 1)
    assert default_recipe(wide, ranges=False).augmentation[0].size == 256
    assert default_network(wide, ranges=False, tile=64).output_shape == (64, 64, 2)
    for whole in (None, 300, 1000):
        assert default_network(wide, ranges=False, tile=whole).input_shape == (100, 300, 1)
        first, *_ = default_recipe(wide, ranges=False, tile=whole).augmentation
        assert first.kind == "flip"


@pytest.mark.parametrize(
    ("count", "size"),
    [(4, (12, 12)), (20, (12, 12)), (2000, (12, 12)), (20, (64, 48)), (4, (128, 300))],
)
def test_few_pictures_are_trained_for_enough_steps(count, size):
    made = default_recipe(blank(count, *size), ranges=False)
    seen = default_network(blank(count, *size), ranges=False).input_shape
    examples = int(0.6 * count) * -(-size[0] * size[1] // (seen[0] * seen[1]))
    steps = -(-examples // made.batch_size) * made.epochs
    assert steps >= (350 if count > 4 else 200)
    trials = default_trials(blank(count, *size), *default_family(blank(count, *size)))
    assert FEWEST_TRIALS <= trials <= TRIALS
    assert made.batch_size <= max(examples // 2, 1)
    assert made.early_stopping.patience > WARM_UP * made.epochs


@given(st.integers(1, 1000))
def test_patience_outlasts_the_warm_up(epochs):
    assert patience_of(epochs) > WARM_UP * epochs


def test_the_option_of_tiles(tmp_path):
    data = pictures()
    plan = make_plan(
        data,
        None,
        ranges=False,
        epochs=3,
        batch_size=None,
        patience=None,
        tile=requested_tile_side(TILE),
    )
    assert plan.network.input_shape == (TILE, TILE, 1)
    assert plan.recipe.augmentation[0].size == TILE
    told = "pictures of 20×18 are trained on in tiles of 8×8 drawn at random"
    assert told in tile_message(plan)
    whole = network_file(tmp_path, '[[layers]]\nkind = "conv"\nchannels = 2\nkernel_size = 3\n')
    for asked, wanted in ((None, None), (6, 6), (0, None)):
        made = make_plan(
            data, whole, ranges=False, epochs=1, batch_size=None, patience=None,
            tile=requested_tile_side(asked),
        )  # fmt: skip
        assert tile_side(made.recipe.augmentation) == wanted
        assert (tile_message(made) is None) == (wanted is None)
    for wrong in ("half", "0", "-3", "²"):
        refused = CliRunner().invoke(app, ["train", "shapes", f"--tile={wrong}"])
        assert refused.exit_code == 2
        assert "neither" in refused.output


def network_file(folder, text):
    (folder / "own.toml").write_text(text)
    return read_network_option(folder / "own.toml")
