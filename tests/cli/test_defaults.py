"""Default networks fit whatever the data are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shoal
from shoal import CategoryEmbedding, Dense, Recipe, Sequential
from shoal.data import Dataset, Preprocessing
from shoal.defaults.choose import default_network, default_recipe, default_trials
from shoal.defaults.images import FEWEST_EPOCHS as FEWEST_IMAGES
from shoal.defaults.images import MOST_EPOCHS as MOST_IMAGES
from shoal.defaults.tables import FEWEST_EPOCHS, MOST_EPOCHS, STEPS, table_recipe
from shoal.losses import CrossEntropy, SquaredError
from shoal.nn import with_features
from shoal.optimizers import AdamW
from shoal.space import Space


def images(height, width, channels=1, classes=3):
    x = np.zeros((2 * classes, height, width, channels), np.float32)
    return Dataset.from_arrays(x, np.arange(2 * classes) % classes, task="classification")


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 4))
def test_images_of_any_size(height, width, channels):
    data = images(height, width, channels)
    network = default_network(data, ranges=False).with_input((height, width, channels))
    assert network.output_shape == (3,)
    for corner in (0.0, 1.0):
        family = default_network(data, ranges=True).with_input((height, width, channels))
        space = Space(family)
        member = space.bind(family, space.from_unit([corner] * len(space)))
        assert member.output_shape == (3,)


@pytest.mark.parametrize("side", [8, 28, 32, 64, 96, 224])
def test_dense_layer_after_the_maps_stays_small(side):
    network = default_network(images(side, side), ranges=False).with_input((side, side, 1))
    # A small map place by place, of a large picture the mean of each channel.
    head = "flatten" if side < 48 else "global_avg_pool"
    flat = next(shape for name, shape in network.shapes().items() if name.startswith(head))
    assert flat[0] <= 1100
    assert network.parameter_count() < 270_000


def test_tables():
    rng = np.random.default_rng(0)
    data = Dataset.from_arrays(rng.normal(size=(50, 5)), rng.normal(size=(50, 2)))
    network = default_network(data, ranges=False).with_input((5,))
    assert network.output_shape == (2,)
    assert isinstance(default_recipe(data, ranges=False).loss, SquaredError)


@pytest.mark.parametrize(("categories", "embedded"), [(64, False), (65, True)])
def test_columns_of_many_categories_become_vectors(categories, embedded):
    texts = [f"t{i}" for i in range(categories)] * 3 + [None]
    frame = pd.DataFrame({"n": np.arange(len(texts)) * 1.0, "t": texts})
    data = Dataset.from_arrays(frame, np.arange(len(texts)) % 2, task="classification")
    for ranges in (False, True):
        network = default_network(data, ranges=ranges)
        kinds = [node.layer.kind for node in network.nodes if hasattr(node.layer, "kind")]
        assert ("category_embedding" in kinds) == embedded
    fitted = Preprocessing.fit(data, np.arange(len(data)))
    told = with_features(network, fitted.numeric, fitted.categories)
    found = [getattr(node.layer, "categories", None) for node in told.nodes]
    assert ((66,) in found) == embedded  # 65, and one for what is missing


def test_a_column_of_many_categories_is_told_apart():
    rng = np.random.default_rng(0)
    code = rng.integers(0, 150, 900)
    frame = pd.DataFrame({"n": rng.normal(size=900), "t": [f"t{i}" for i in code]})
    data = Dataset.from_arrays(frame, code % 2, task="classification")
    network = Sequential(CategoryEmbedding(), Dense(2))
    recipe = Recipe(optimizer=AdamW(learning_rate=0.05), epochs=12, batch_size=32)
    model = shoal.train(network, recipe, data, test=0.0, progress=False)
    assert model.info["validation"]["accuracy"] > 0.95  # with 63 of them about 0.7


def test_ranges_only_where_they_are_asked_for():
    data = images(8, 8)
    assert len(Space(default_network(data, ranges=False), default_recipe(data, ranges=False))) == 0
    names = Space(default_network(data, ranges=True), default_recipe(data, ranges=True)).names()
    assert {"conv_2.channels", "dropout_1.rate", "optimizer.learning_rate.peak",
            "optimizer.weight_decay", "augmentation.shift_1.amount"} <= set(names)  # fmt: skip
    assert isinstance(default_recipe(data, ranges=True).loss, CrossEntropy)


def colored(side=12, gray=False, rows=6):
    x = np.random.default_rng(0).integers(0, 255, (rows, side, side, 3), np.uint8)
    x = x[..., :1].repeat(3, -1) if gray else x
    return Dataset.from_arrays(x, np.arange(rows) % 3, task="classification")


def kinds(data, *, ranges=False):
    return [one.kind for one in default_recipe(data, ranges=ranges).augmentation]


def test_pictures_in_color_are_mirrored_and_gray_ones_are_not():
    moves = ["shift", "rotation", "scale"]
    for data in (images(28, 28), images(28, 28, 2), images(28, 28, 3), colored(gray=True)):
        assert kinds(data) == kinds(data, ranges=True) == moves
    assert kinds(colored()) == [*moves, "flip", "brightness", "contrast", "saturation"]
    flip = default_recipe(colored(), ranges=False).augmentation[3]
    assert (flip.horizontal, flip.vertical) == (0.5, 0.0)  # nothing stands on its head
    recipe = default_recipe(colored(), ranges=True)
    space = Space(recipe)
    assert space.describe(space.default_point())["flips"] == 0.5
    assert "flips" in space.names()


def test_a_number_may_be_where_something_is():
    data = colored()
    numbers = Dataset.from_arrays(data.x, np.arange(6) / 7.0, task="regression")
    assert kinds(numbers) == ["brightness", "contrast", "saturation"]
    recipe = default_recipe(numbers, ranges=True)
    space = Space(recipe)
    told = space.describe(space.default_point())
    assert {name: told[name] for name in told if "shift" in name or name == "flips"} == {
        "augmentation.shift_1.amount": 0.0, "flips": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("rows", [20, 600, 3_000, 40_000])
def test_pictures_get_enough_steps_and_batches_by_their_number(rows):
    data = Dataset.from_arrays(np.zeros((rows, 4, 4), np.uint8), np.arange(rows) % 2)
    recipe = default_recipe(data, ranges=False)
    train = 0.6 * rows
    assert recipe.batch_size == (16 if train < 300 else 32 if train < 2000 else 64)
    assert recipe.epochs == {20: MOST_IMAGES, 600: 100, 3_000: 21, 40_000: FEWEST_IMAGES}[rows]
    assert default_recipe(data, ranges=True).epochs <= recipe.epochs
    assert isinstance(recipe.loss, CrossEntropy)
    assert recipe.loss.label_smoothing == 0.05
    numbers = Dataset.from_arrays(np.zeros((rows, 4, 4)), np.arange(rows) / 7.0)
    assert isinstance(default_recipe(numbers, ranges=False).loss, SquaredError)


@pytest.mark.parametrize(("rows", "side", "expected"), [(300, 8, 12), (5_000, 28, 6)])
def test_a_search_of_large_pictures_tries_fewer(rows, side, expected):
    """By hand for 28×28: 784·9·16 + 196·144·32 + 49·288·64 + 576·2 multiply-adds an example."""
    data = Dataset.from_arrays(np.zeros((rows, side, side), np.uint8), np.arange(rows) % 2)
    family, recipe = default_network(data, ranges=True), default_recipe(data, ranges=True)
    assert default_trials(data, family, recipe) == expected
    table = Dataset.from_arrays(np.zeros((rows, 3)), np.arange(rows) % 2)
    assert default_trials(table, family, recipe) == 32


@pytest.mark.parametrize("rows", [10, 150, 1_000, 5_000, 70_000])
def test_epochs_give_small_data_enough_steps(rows):
    data = Dataset.from_arrays(np.zeros((rows, 2)), np.arange(rows) % 2)
    recipe = default_recipe(data, ranges=False)
    assert FEWEST_EPOCHS <= recipe.epochs <= MOST_EPOCHS
    # Whole epochs: half of one is missing at most, or too much.
    each = int(np.ceil(0.6 * rows / recipe.batch_size))
    steps = recipe.epochs * each
    assert min(STEPS, MOST_EPOCHS * each) - each / 2 <= steps
    assert steps <= max(STEPS, FEWEST_EPOCHS * each) + each / 2
    assert default_recipe(data, ranges=False, epochs=3).epochs == 3


def test_a_table_of_a_million_rows_has_fewer_epochs():
    """By hand: 3,907 batches of 256 are an epoch, and 30,000 steps about eight of these."""
    recipe = table_recipe(1_000_000, SquaredError(), ranges=False, epochs=None)
    assert (recipe.batch_size, recipe.epochs) == (256, 8)
