"""Data of nearly as many rows share their programs, and room for more changes no number."""

import numpy as np
import pytest
from small_problems import adamw, blobs, contents, perceptrons, plane, random_points, search_points
from test_program_cache import compiled  # noqa: F401  # a fixture

import shoal
from shoal import Dense, Int, Recipe, Sequential, tanh
from shoal.data import Dataset
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import splits
from shoal.engine.program_cache import PROGRAMS
from shoal.engine.splits import Splits, roomy, with_room
from shoal.losses import SquaredError

pytestmark = pytest.mark.bits


def test_at_most_an_eighth_more():
    rows = np.arange(1, 5000)
    room = np.array([with_room(int(n)) for n in rows])
    assert (room >= rows).all()
    assert (room <= rows * 1.125).all()
    assert (np.diff(room) >= 0).all()
    assert len(set(room[1024:2047])) == 8
    assert [with_room(n) for n in (0, 1, 15, 17, 90, 96, 97)] == [0, 1, 15, 18, 96, 96, 104]


def first(data, rows):
    return Dataset.from_arrays(data.x[:rows], data.y[:rows], task=data.task)


def test_rows_of_the_training_split_are_counted_without_the_room():
    data = first(blobs(), 153)
    prepared = prepare(data, split(data, seed=0))
    made, own = Splits.of(prepared), prepared.train.x
    assert made.rows == len(own) < 96
    assert made.training.x.shape[0] == made.training.y.shape[0] == 96
    np.testing.assert_array_equal(made.training.x[: len(own)], own)
    np.testing.assert_array_equal(made.training.x[len(own) :], np.repeat(own[-1:], made.spare, 0))
    assert made.weights.shape == (1, len(prepared.validation))
    assert roomy(prepared.train).weight is None


@pytest.mark.parametrize("options", [{}, {"folds": 3}], ids=["a split", "folds"])
@pytest.mark.parametrize("data", [blobs, plane], ids=["classes", "values"])
def test_with_and_without_room_to_the_last_bit(monkeypatch, data, options):
    classes, some = data is blobs, first(data(), 153 if data is blobs else 85)
    family = perceptrons() if classes else Sequential(Dense(Int(3, 8)), tanh, Dense(2))
    recipe = adamw() if classes else adamw(loss=SquaredError())
    points = random_points(family, recipe, some, 4)
    found = []
    for exact in (False, True):
        if exact:
            monkeypatch.setattr(splits, "roomy", lambda examples: examples)
        found.append(contents(search_points(family, recipe, some, points, **options)))
    assert found[0] == found[1]


def test_folds_of_nearly_equal_size_share_one_program(compiled):  # noqa: F811
    """As where a data set is divided by somebody else, such as scikit-learn."""
    PROGRAMS.clear()
    network = Sequential(Dense(4), tanh, Dense(3))
    for rows in (155, 156, 157, 160):
        shoal.train(network, Recipe(epochs=1), first(blobs(), rows))
    assert compiled.count("jit(train)") == 1
