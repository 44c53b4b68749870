"""The example networks: built, trained in lanes with ranges, and the same trained alone."""

from __future__ import annotations

import functools
import runpy
from pathlib import Path

import numpy as np
import pytest
from small_problems import random_points, search_points, sgd

import shoal
from examples.networks import inception, u_network
from shoal import Flatten, Float, Int, Recipe, Sequential, Space
from shoal.cli.network_file import read_network_file
from shoal.data import Dataset
from shoal.errors import NetworkError

EXAMPLES = Path(__file__).parents[2] / "examples"


@functools.cache
def rectangles():
    """Pictures of 8×8 with a bright rectangle, its mask, and whether it is high or wide."""
    rng = np.random.default_rng(0)
    masks, kinds = np.zeros((60, 8, 8), bool), np.arange(60) % 2
    for mask, kind in zip(masks, kinds, strict=True):
        (top, left), (high, wide) = rng.integers(0, 3, 2), (5, 2) if kind else (2, 5)
        mask[top : top + high, left : left + wide] = True
    x = rng.normal(scale=0.3, size=(60, 8, 8)) + masks
    return x[..., np.newaxis].astype(np.float32), masks, kinds


def classified():
    x, _, kinds = rectangles()
    return Dataset.from_arrays(x, kinds, name="rectangles")


def masked():
    """The masks as so many numbers: a segmentation by least squares."""
    x, masks, _ = rectangles()
    y = masks.reshape(len(x), -1).astype(np.float64)
    return Dataset.from_arrays(x, y, task="regression", name="masks")


def sizes():
    """A number that depends on three others, on one of them by its size."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 3))
    y = x[:, 0] + 2 * np.abs(x[:, 1]) + 0.1 * rng.normal(size=200)
    return Dataset.from_arrays(x, y, task="regression", name="sizes")


def drawn(*widths):
    return Sequential(u_network(1, widths=widths), Flatten())


CASES = {
    "inception": (
        classified, lambda: inception(2, width=Int(2, 4), dropout=Float(0.0, 0.5)),
        lambda p: inception(2, width=p["conv_1.channels"], dropout=p["dropout_1.rate"]),
        shoal.losses.CrossEntropy(),
    ),
    "u": (
        masked, lambda: drawn(Int(2, 3), Int(2, 4), Int(2, 5)),
        lambda p: drawn(*(p[f"conv_{i}.channels"] for i in (1, 3, 5))),
        shoal.losses.SquaredError(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_lane_trains_as_the_same_network_alone(name):
    data, family, narrow, loss = (part() if i < 2 else part for i, part in enumerate(CASES[name]))
    # A bias before a batch norm has no gradient but rounding, which Adam would scale up.
    recipe = sgd(epochs=2, loss=loss)
    points = random_points(family, recipe, data, 4)
    points[1] |= {key: 2 for key in points[1] if key.endswith("channels")}
    study = search_points(family, recipe, data, points, objective="loss")
    assert [trial.state for trial in study.trials] == ["completed"] * 4
    assert study.cost["groups"] == 1  # one program for all widths
    optimizer = shoal.optimizers.SGD(
        learning_rate=points[1]["optimizer.learning_rate"],
        momentum=points[1]["optimizer.momentum"],
    )
    recipe = Recipe(optimizer=optimizer, epochs=2, batch_size=16, loss=loss)
    alone = shoal.train(narrow(points[1]), recipe, data, objective="loss")
    in_lane = study.model(1)
    for owner, arrays in alone.params.items():
        for key, array in arrays.items():
            close = 1e-4 * float(np.abs(array).max()) + 1e-7
            found = in_lane.params[owner][key]
            np.testing.assert_allclose(found, array, rtol=0, atol=close, err_msg=f"{owner}.{key}")


def test_an_inception_network_learns():
    optimizer = shoal.optimizers.AdamW(learning_rate=0.02)
    recipe = Recipe(optimizer=optimizer, epochs=20, batch_size=16)
    model = shoal.train(inception(2, width=4, dropout=0.1), recipe, classified())
    x, _, kinds = rectangles()
    assert (model.predict(x) == kinds).mean() > 0.9


def test_their_shapes_and_widths():
    network = inception(10, width=4, shape=(28, 28, 1))
    assert network.shapes()["concat_1"] == (28, 28, 16)
    assert network.output_shape == (10,)
    family = inception(10, width=Int(2, 4), dropout=Float(0.0, 0.5))
    assert Space(family).names() == ["conv_1.channels", "dropout_1.rate"]
    network = u_network(3, widths=(4, 8, 16), shape=(16, 24, 1))
    assert network.output_shape == (16, 24, 3)
    assert network.shapes()["concat_1"] == (8, 12, 16)
    with pytest.raises(NetworkError, match=r"layer concat_1: inputs that are concatenated differ"):
        u_network(3, widths=(4, 8), shape=(15, 16, 1))


def test_the_file_of_member_ensembles_is_a_family_that_learns():
    data = sizes()
    family = read_network_file(EXAMPLES / "tabm.toml").network
    space = Space(family)
    assert space.names() == ["width", "dropout", "repeat_1.times"]
    points = [{"width": n, "dropout": 0.1, "repeat_1.times": 1} for n in (64, 96)]
    narrow = space.bind(family, points[0]).with_input((3,))
    shared = 3 * 64 + 64 * 64  # one weight for all members, and beside it their own
    scales = 32 * (3 + 64 + 64 + 64)
    assert narrow.parameter_count() == shared + scales + 32 * (64 + 64) + 32 * (64 + 1)
    optimizer = shoal.optimizers.AdamW(learning_rate=0.01)
    recipe = Recipe(optimizer=optimizer, epochs=12, batch_size=16, loss=shoal.losses.SquaredError())
    study = search_points(family, recipe, data, points)
    assert study.cost["groups"] == 1
    assert max(trial.metrics["r2"] for trial in study.trials) > 0.8


def test_the_script_prints_both(capsys):
    runpy.run_path(str(EXAMPLES / "networks.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "concat_2" in printed
    assert "conv_transpose_2" in printed
    assert "64×64×2" in printed
