"""Activations, dead units, filters and feature maps against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

import shoal
from shoal import (
    Conv,
    Dense,
    Flatten,
    MaxPool,
    Parametric,
    Sequential,
    hard_sigmoid,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from shoal.inspect.maps import feature_maps, filters
from shoal.inspect.units import activations, dead_units
from shoal.nn import initialize


def dense(weight, bias):
    return {"weight": np.array(weight, "f4"), "bias": np.array(bias, "f4")}


def test_histograms_count_every_output():
    network = Sequential(Dense(2), relu, Dense(1), input_shape=(1,))
    params = {"dense_1": dense([[1, -1]], [0, 0]), "dense_2": dense([[1], [1]], [0])}
    x = np.array([[-2.0], [1.0], [3.0], [4.0]])
    look = activations(network, x, params=params, bins=4)
    (one,) = look.histograms
    assert one.layer == "relu_1"
    values = [0, 2, 1, 0, 3, 0, 4, 0]  # relu(x), relu(-x) of each
    np.testing.assert_array_equal(one.edges, [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(one.counts, [4, 1, 1, 2])
    assert one.mean == pytest.approx(np.mean(values))
    assert one.deviation == pytest.approx(np.std(values))
    assert one.zeros == 0.5
    both = activations(network, x, params=params, layers=["dense_1", "relu_1"])
    assert [one.layer for one in both.histograms] == ["dense_1", "relu_1"]
    assert [sum(one.counts) for one in both.histograms] == [8, 8]
    axes = both.figure().axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["dense_1", "relu_1  (50% zero)"]
    with pytest.raises(shoal.errors.NetworkError, match=r"expected dense_1, relu_1.*'relu_2'"):
        activations(network, x, layers=["relu_2"])


def test_parametric_units_are_looked_at_as_activations_are():
    network = Sequential(Dense(2), Parametric(relu), tanh, Dense(1), input_shape=(3,))
    look = activations(network, np.zeros((2, 3)))
    assert [one.layer for one in look.histograms] == ["parametric_1", "tanh_1"]
    maps = Sequential(Conv(2), Parametric(relu), Flatten(), Dense(1), input_shape=(4, 4, 1))
    assert list(feature_maps(maps, np.zeros((1, 4, 4, 1))).maps) == ["parametric_1"]


def test_dead_units_are_those_that_nothing_moves():
    network = Sequential(Dense(4), relu, Dense(2), hard_sigmoid, input_shape=(1,))
    params = {
        # always on, on for x > 0, never on, exactly at the corner
        "dense_1": dense([[0, 1, 0, 0]], [1, 0, -1, 0]),
        # stuck at 1; jumps from 0 to 1 without a slope, and so is not dead
        "dense_2": dense([[0, 0], [0, 8], [0, 0], [0, 0]], [9, -4]),
    }
    x = np.array([[-1.0], [0.0], [1.0], [2.0]])
    look = dead_units(network, x, params=params)
    np.testing.assert_array_equal(look.active["relu_1"], [1, 0.5, 0, 0])
    np.testing.assert_array_equal(look.dead["relu_1"], [False, False, True, True])
    np.testing.assert_array_equal(look.active["hard_sigmoid_1"], [0, 0])
    np.testing.assert_array_equal(look.dead["hard_sigmoid_1"], [True, False])
    assert look.count == 3
    figure = look.figure()
    figure.canvas.draw()
    assert "2 of 4 dead" in [text.get_text() for text in figure.axes[0].texts]


def test_dead_units_of_maps_are_channels_and_batches_do_not_matter():
    network = Sequential(Conv(3), relu, MaxPool(2), Flatten(), Dense(2), softmax)
    x = np.random.default_rng(0).normal(size=(600, 4, 4, 1)).astype("f4")
    params = initialize(network.with_input((4, 4, 1)), 1)
    params["conv_1"]["bias"][2] = -100.0
    look = dead_units(network, x, params=params)
    assert list(look.dead) == ["relu_1"]  # a softmax does not work on each number by itself
    np.testing.assert_array_equal(look.dead["relu_1"], [False, False, True])
    maps = np.concatenate([
        feature_maps(network, x[i : i + 1], layers=["relu_1"], params=params).maps["relu_1"]
        for i in range(3)
    ])  # fmt: skip
    few = dead_units(network, x[:3], params=params)
    np.testing.assert_allclose(
        few.active["relu_1"], (maps > 0).reshape(-1, 3).mean(axis=0), rtol=1e-6
    )
    with pytest.raises(shoal.errors.NetworkError, match="received softmax_1, Softmax"):
        dead_units(network, x, layers=["softmax_1"])


def test_filters_are_the_weights_in_their_places():
    network = Sequential(Conv(5, kernel_size=(3, 2)), relu, Flatten(), Dense(4))
    network = network.with_input((6, 6, 2))
    params = initialize(network, 0)
    look = filters(network, params=params)
    assert look.layer == "conv_1"
    assert look.weights.shape == (5, 3, 2, 2)
    np.testing.assert_array_equal(look.weights[4], params["conv_1"]["weight"][..., 4])
    figure = look.figure()
    figure.canvas.draw()
    shown = figure.axes[1].images[0].get_array()
    np.testing.assert_allclose(shown, params["conv_1"]["weight"][..., 1].mean(axis=-1))
    with pytest.raises(shoal.errors.NetworkError, match=r"expected conv_1; received 'dense_1'"):
        filters(network, "dense_1", params=params)


def test_a_dense_layer_on_the_picture_sees_pictures():
    network = Sequential(Flatten(), Dense(3), sigmoid, Dense(2)).with_input((4, 5, 1))
    params = initialize(network, 0)
    look = filters(network, params=params)
    assert look.layer == "dense_1"
    np.testing.assert_array_equal(look.weights[1].ravel(), params["dense_1"]["weight"][:, 1])
    assert look.weights.shape == (3, 4, 5, 1)
    table = Sequential(Dense(3), input_shape=(4,))
    with pytest.raises(shoal.errors.NetworkError, match="none of which is one"):
        filters(table, params=initialize(table, 0))


def test_feature_maps_are_the_filters_answers():
    network = Sequential(Conv(2, padding="valid"), relu, Flatten(), Dense(1)).with_input((4, 4, 1))
    params = initialize(network, 0)
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 1)).astype("f4")
    look = feature_maps(network, x, layers=["conv_1", "relu_1"], params=params)
    w = params["conv_1"]["weight"][:, :, 0, 1]
    answer = [[np.sum(x[0, i : i + 3, j : j + 3, 0] * w) for j in range(2)] for i in range(2)]
    np.testing.assert_allclose(look.maps["conv_1"][..., 1], answer, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(look.maps["relu_1"], np.maximum(look.maps["conv_1"], 0))
    np.testing.assert_array_equal(look.image, x[0])
    look.figure().canvas.draw()
    with pytest.raises(shoal.errors.NetworkError, match=r"expected conv_1, relu_1; .*dense_1"):
        feature_maps(network, x, layers=["dense_1"], params=params)
