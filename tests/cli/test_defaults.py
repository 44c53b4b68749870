"""Default networks fit whatever the data are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.data import Dataset
from shoal.default_tables import FEWEST_EPOCHS, MOST_EPOCHS, STEPS
from shoal.defaults import default_network, default_recipe
from shoal.space import Space
from shoal.training.losses import CrossEntropy, SquaredError


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
    flat = next(shape for name, shape in network.shapes().items() if name.startswith("flatten"))
    assert flat[0] <= 2000


def test_tables():
    rng = np.random.default_rng(0)
    data = Dataset.from_arrays(rng.normal(size=(50, 5)), rng.normal(size=(50, 2)))
    network = default_network(data, ranges=False).with_input((5,))
    assert network.output_shape == (2,)
    assert isinstance(default_recipe(data, ranges=False).loss, SquaredError)


def test_ranges_only_where_they_are_asked_for():
    data = images(8, 8)
    assert len(Space(default_network(data, ranges=False), default_recipe(data, ranges=False))) == 0
    names = Space(default_network(data, ranges=True), default_recipe(data, ranges=True)).names()
    assert {"conv_1.channels", "dense_1.units", "dropout_1.rate", "optimizer.learning_rate",
            "optimizer.weight_decay"} <= set(names)  # fmt: skip
    assert isinstance(default_recipe(data, ranges=True).loss, CrossEntropy)


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
