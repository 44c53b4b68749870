"""Initial weights: their statistics, and that they depend on seed, name and width alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from shoal import Conv, Dense, Flatten, Int, Sequential, Space, relu
from shoal.nn import feature_masks, initialize, narrow_down, widen

# From the papers: uniform in [-a, a] has variance a²/3.
VARIANCE = {
    "glorot": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
    "lecun": lambda fan_in, fan_out: 1 / fan_in,
}


def check_uniform(weight, variance):
    limit = math.sqrt(3 * variance)
    assert weight.dtype == np.float32
    assert np.abs(weight).max() <= limit * (1 + 1e-6)
    assert np.abs(weight).max() > 0.99 * limit
    assert weight.mean() == pytest.approx(0, abs=5 * math.sqrt(variance / weight.size))
    assert weight.var() == pytest.approx(variance, rel=5 * math.sqrt(0.8 / weight.size))


@pytest.mark.parametrize("scheme", VARIANCE)
def test_dense_weights(scheme):
    params = initialize(Sequential(Dense(300, initialization=scheme), input_shape=(100,)), 0)
    check_uniform(params["dense_1"]["weight"], VARIANCE[scheme](100, 300))
    assert not params["dense_1"]["bias"].any()


@pytest.mark.parametrize("scheme", VARIANCE)
def test_conv_weights(scheme):
    network = Sequential(
        Conv(64, kernel_size=(5, 3), initialization=scheme), input_shape=(9, 9, 16)
    )
    params = initialize(network, 0)
    check_uniform(params["conv_1"]["weight"], VARIANCE[scheme](15 * 16, 15 * 64))
    assert not params["conv_1"]["bias"].any()


def written(first=6, second=5):
    return Sequential(
        Conv(first), relu, Flatten(), Dense(second), relu, Dense(3), input_shape=(4, 4, 2)
    )


def flat(params):
    return {f"{o}.{n}": array for o, own in params.items() for n, array in own.items()}


def test_the_seed_decides():
    one, same, other = (flat(initialize(written(), seed)) for seed in (1, 1, 2))
    for name, array in one.items():
        np.testing.assert_array_equal(array, same[name])
        if name.endswith("weight"):
            assert (array != other[name]).any()


def test_each_layer_draws_its_own():
    params = initialize(Sequential(Dense(4), Dense(4), input_shape=(4,)), 0)
    assert (params["dense_1"]["weight"] != params["dense_2"]["weight"]).any()


def test_a_layer_draws_the_same_whatever_stands_beside_it():
    short = Sequential(Dense(4, name="a"), input_shape=(4,))
    long = Sequential(Dense(4), relu, Dense(4, name="a"), Dense(2), input_shape=(4,))
    np.testing.assert_array_equal(
        initialize(short, 5)["a"]["weight"], initialize(long, 5)["a"]["weight"]
    )


def test_initial_weights_do_not_depend_on_the_program_they_are_padded_for():
    narrow = written(3, 2)
    params = initialize(narrow, 4)
    for wide in (written(3, 2), written(5, 2), written(9, 8)):
        masks = feature_masks(wide, narrow)
        padded = widen(params, wide, masks)
        for name, array in flat(padded).items():
            spec = wide.param_specs()[name.split(".")[0]][name.split(".")[1]]
            assert array.shape == spec.shape
            assert np.count_nonzero(array) == np.count_nonzero(flat(params)[name])
        back = flat(narrow_down(padded, wide, masks))
        assert back.keys() == flat(params).keys()
        for name, array in back.items():
            np.testing.assert_array_equal(array, flat(params)[name])


def test_fan_in_is_that_of_the_lane_and_not_of_the_program():
    family = Sequential(Dense(Int(10, 1000)), relu, Dense(200), input_shape=(4,))
    space = Space(family)
    narrow = space.bind(family, {"dense_1.units": 100})
    wide = space.bind(family, {"dense_1.units": 1000})
    masks = feature_masks(wide, narrow)
    weight = widen(initialize(narrow, 0), wide, masks)["dense_2"]["weight"]
    assert weight.shape == (1000, 200)
    check_uniform(weight[:100], VARIANCE["glorot"](100, 200))
    assert not weight[100:].any()
