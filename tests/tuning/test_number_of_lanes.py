"""From two lanes on their number changes nothing, bit for bit: whole tables of trials."""

import os

import numpy as np
import pytest
from small_problems import contents, messages, share_programs

import shoal
from shoal import (
    Conv,
    Dense,
    Embedding,
    Flatten,
    Float,
    GlobalAvgPool,
    Int,
    LayerNorm,
    Recipe,
    Sequential,
    losses,
    relu,
    tanh,
)
from shoal.data import Dataset
from shoal.kernels import backend
from shoal.samplers import Random

pytestmark = pytest.mark.bits

TRIALS = 16
"""At so many lanes XLA would hand sums to another library, if it were let."""

rng = np.random.default_rng(3)


def flat(rows, columns=6):
    return rng.normal(size=(rows, columns))


def classes():
    x = flat(1000)
    y = (x[:, 0] + 0.5 * rng.normal(size=1000) > 0) * 1 + (x[:, 1] > 1)
    family = Sequential(Dense(Int(4, 24)), LayerNorm(), tanh, Dense(3))
    return Dataset.from_arrays(x, y), family, losses.CrossEntropy(), 100


def values():
    x = flat(700)
    y = x[:, :3] + 0.1 * flat(700, 3)
    data = Dataset.from_arrays(x, y, task="regression")
    return data, Sequential(Dense(Int(4, 24)), relu, Dense(3)), losses.SquaredError(), 64


def labels():
    x = flat(300)
    y = (x[:, :5] + flat(300, 5) > 0).astype(int)
    data = Dataset.from_arrays(x, y, task="multi-label")
    return data, Sequential(Dense(Int(4, 24)), relu, Dense(5)), losses.BinaryCrossEntropy(), 64


def masks():
    x = rng.normal(size=(50, 16, 16, 1))
    y = (x[..., 0] > 0).astype(int)
    y[:, :4] = 2
    family = Sequential(
        Conv(Int(2, 6), kernel_size=3, padding="same"), relu, Conv(3, kernel_size=1)
    )
    data = Dataset.from_arrays(x, y, task="segmentation")
    return data, family, losses.CrossEntropy() + losses.Dice(), 16


def texts():
    family = Sequential(Embedding(300, Int(4, 12)), GlobalAvgPool(), Dense(2))
    return messages(), family, losses.CrossEntropy(class_weights="balanced"), 16


def pictures():
    x = rng.normal(size=(200, 8, 8, 1))
    y = (x[:, 2:6, 2:6].mean(axis=(1, 2, 3)) > 0).astype(int)
    family = Sequential(Conv(Int(2, 6), kernel_size=3), tanh, Flatten(), Dense(2))
    return Dataset.from_arrays(x, y), family, losses.Focal(), 32


def table(problem, lanes):
    """All that a search came to: trials, histories, weights, the winner."""
    data, family, loss, batch = problem
    optimizer = shoal.optimizers.AdamW(learning_rate=Float(1e-3, 1e-1, log=True))
    recipe = Recipe(loss=loss, optimizer=optimizer, epochs=2, batch_size=batch)
    study = shoal.search(
        family, recipe, data, trials=TRIALS, sampler=Random(), lanes=lanes, confirm_seeds=0
    )
    assert study.cost["lanes"] == lanes
    found = contents(study)
    study.close()
    return found


SOAK = int(os.environ.get("SHOAL_KILLS", "25")) > 25
long = pytest.mark.skipif(not SOAK, reason="it takes long: make soak")


@pytest.mark.skipif(backend() != "native", reason="XLA's own products add up as they please")
@pytest.mark.parametrize(
    "problem",
    [classes, labels, masks, *(pytest.param(p, marks=long) for p in (values, texts, pictures))],
)
def test_the_number_of_lanes_changes_nothing(problem):
    share_programs()
    given = problem()
    two = table(given, 2)
    for lanes in (3, 7, TRIALS) if SOAK else (TRIALS,):
        assert table(given, lanes) == two, lanes
