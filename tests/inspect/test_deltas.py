"""Deltas by hand, by differences, and as training uses them."""

from __future__ import annotations

import numpy as np
import pytest

import shoal
from shoal import (
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    Float,
    Input,
    MaxPool,
    Network,
    Sequential,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from shoal.inspect import GradientNorms
from shoal.inspect.gradients import deltas, gradient_norms
from shoal.losses import CrossEntropy, SquaredError
from shoal.nn import initialize


def sigma(a):
    return 1 / (1 + np.exp(-a))


def test_two_layers_worked_by_hand():
    """x = (1, 2), W_1 = ((1, 0), (0, -1)), W_2 = (2, 1)ᵀ, no biases, target 0, E = o²."""
    network = Sequential(Dense(2), sigmoid, Dense(1), input_shape=(2,))
    params = {
        "dense_1": {"weight": np.array([[1, 0], [0, -1]], "f4"), "bias": np.zeros(2, "f4")},
        "dense_2": {"weight": np.array([[2], [1]], "f4"), "bias": np.zeros(1, "f4")},
    }
    look = deltas(network, [[1.0, 2.0]], [[0.0]], params=params, loss=SquaredError())
    h = sigma(np.array([1.0, -2.0]))
    o = 2 * h[0] + h[1]
    delta_2 = 2 * o
    delta_1 = delta_2 * np.array([2.0, 1.0]) * h * (1 - h)
    assert look.loss == pytest.approx(o**2, rel=1e-6)
    np.testing.assert_allclose(look.outputs["sigmoid_1"], [h], rtol=1e-6)
    np.testing.assert_allclose(look.deltas["dense_2"], [[delta_2]], rtol=1e-6)
    np.testing.assert_allclose(look.deltas["dense_1"], [delta_1], rtol=1e-6)
    np.testing.assert_allclose(look.gradients["dense_2"]["weight"][:, 0], h * delta_2, rtol=1e-6)
    np.testing.assert_allclose(
        look.gradients["dense_1"]["weight"], np.outer([1.0, 2.0], delta_1), rtol=1e-6
    )
    np.testing.assert_allclose(look.gradients["dense_1"]["bias"], delta_1, rtol=1e-6)


def test_the_recursion_holds_in_a_deeper_network():
    """δ_{i-1} = (δ_i Wᵀ) f'(a_{i-1}), and ∂E/∂W_i = h_{i-1}ᵀ δ_i, over a batch of five."""
    network = Sequential(Dense(4), tanh, Dense(3), tanh, Dense(3), softmax, input_shape=(2,))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 2)).astype("f4"), np.array([0, 1, 2, 1, 0])
    look = deltas(network, x, y, loss=CrossEntropy(), seed=3)
    params = initialize(network, 3)
    assert list(look.deltas) == ["dense_1", "tanh_1", "dense_2", "tanh_2", "dense_3"]
    scores = look.outputs["dense_3"]
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    # Softmax and cross entropy together: the share less the truth, over the batch's mean.
    delta = (shares - np.eye(3)[y]) / 5
    np.testing.assert_allclose(look.deltas["dense_3"], delta, atol=1e-6)
    for upper, lower, before in (
        ("dense_3", "dense_2", "tanh_2"),
        ("dense_2", "dense_1", "tanh_1"),
    ):
        h = look.outputs[before]
        np.testing.assert_allclose(look.gradients[upper]["weight"], h.T @ delta, atol=1e-6)
        delta = (delta @ params[upper]["weight"].T) * (1 - h**2)
        np.testing.assert_allclose(look.deltas[lower], delta, atol=1e-6)


def test_deltas_are_the_differences_of_the_error():
    """On a graph with maps, a skip and BatchNorm: E moves by δ when a bias moves."""
    x = Input((4, 4, 1))
    h = tanh(BatchNorm()(Conv(2)(x)))
    network = Network(Dense(1)(Flatten()(MaxPool(2)(shoal.Add()(h, Conv(2)(h))))))
    rng = np.random.default_rng(1)
    batch, target = rng.normal(size=(3, 4, 4, 1)).astype("f4"), rng.normal(size=(3, 1))
    params = initialize(network, 0)
    look = deltas(network, batch, target, params=params, loss=SquaredError())
    assert set(look.gradients["batch_norm_1"]) == {"scale", "shift"}
    step = 1e-2
    for owner in ("conv_1", "conv_2"):
        for unit in range(2):
            ends = []
            for side in (step, -step):
                moved = {k: {n: a.copy() for n, a in own.items()} for k, own in params.items()}
                moved[owner]["bias"][unit] += side
                ends.append(deltas(network, batch, target, params=moved, loss=SquaredError()).loss)
            slope = (ends[0] - ends[1]) / (2 * step)
            assert look.gradients[owner]["bias"][unit] == pytest.approx(slope, rel=2e-3, abs=1e-4)
            # A bias is added at every place: its gradient is the sum of the deltas there.
            total = look.deltas[owner][..., unit].sum()
            assert total == pytest.approx(look.gradients[owner]["bias"][unit], rel=1e-4, abs=1e-6)


def test_ten_sigmoid_layers_vanish_and_ten_relu_layers_do_not():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(64, 8)), rng.integers(0, 2, 64)

    def deep(activation, initialization):
        layers = [layer for _ in range(10)
                  for layer in (Dense(16, initialization=initialization), activation)]  # fmt: skip
        return Sequential(*layers, Dense(2))

    loss = CrossEntropy()
    squashed = gradient_norms(deep(sigmoid, "glorot"), x, y, loss=loss)
    rectified = gradient_norms(deep(relu, "he"), x, y, loss=loss)
    assert squashed.layers == rectified.layers == tuple(f"dense_{i}" for i in range(1, 12))
    assert squashed.decay < 1e-4
    assert rectified.decay > 1e-2
    # Each sigmoid costs a factor: there is no layer at which the gradient grows backwards.
    assert np.all(np.diff(np.log(squashed.gradients[:-1])) > 0)
    found = deltas(deep(sigmoid, "glorot"), x, y, loss=loss)
    gradient = found.gradients["dense_4"]["weight"]
    assert squashed.gradients[3] == pytest.approx(np.linalg.norm(gradient), rel=1e-5)
    assert squashed.deltas[3] == pytest.approx(np.linalg.norm(found.deltas["dense_4"]), rel=1e-5)
    figure = squashed.figure({"relu": rectified}, label="sigmoid")
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    np.testing.assert_allclose(axes.lines[1].get_ydata(), rectified.gradients)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["sigmoid", "relu"]
    low, high = np.log10(axes.get_ylim())
    assert (low, high) == pytest.approx((round(low), round(high)))
    figure.canvas.draw()


def test_a_shared_layer_has_one_gradient_and_a_delta_for_each_use():
    shared = Dense(2)
    network = Network(tanh(shared(tanh(shared(Input((2,)))))))
    x, y = np.array([[0.5, -1.0]]), np.array([[1.0, 0.0]])
    look = deltas(network, x, y, loss=SquaredError())
    uses = [node for node in network.nodes if node.owner == "dense_1"]
    assert len(uses) == 2
    total = sum(
        look.outputs[node.inputs[0]].T @ look.deltas[node.name] for node in uses
    )  # fmt: skip
    np.testing.assert_allclose(look.gradients["dense_1"]["weight"], total, rtol=1e-5)
    norms = gradient_norms(network, x, y, loss=SquaredError())
    assert norms.layers == ("dense_1",)
    look.figure().canvas.draw()


def test_what_cannot_be_looked_at_is_told():
    network, x = Sequential(Dense(2), input_shape=(3,)), np.zeros((4, 3))
    with pytest.raises(shoal.errors.RecipeError, match=r"gradients are those of a loss; received"):
        deltas(network, x, np.zeros((4, 2)))
    with pytest.raises(shoal.errors.DataError, match="an error is told of inputs with targets"):
        deltas(network, x, loss=SquaredError())
    with pytest.raises(shoal.errors.DataError, match=r"expected numbers of shape \('n', 3\)"):
        deltas(network, np.zeros((4, 2)), np.zeros((4, 2)), loss=SquaredError())
    with pytest.raises(shoal.errors.NetworkError, match="no ranges; received a family"):
        deltas(Sequential(Dense(2), shoal.Dropout(Float(0.0, 0.5))), x, x, loss=SquaredError())
    with pytest.raises(shoal.errors.NetworkError, match="a model or a network; received str"):
        deltas("network", x, x, loss=SquaredError())
    with pytest.raises(shoal.errors.ModelError, match="weights are those of the network"):
        deltas(network, x, np.zeros((4, 2)), params={}, loss=SquaredError())


def test_few_layers_are_named_on_the_axis_and_many_are_counted():
    def labels(count, name="dense_{}"):
        names = tuple(name.format(i) for i in range(count))
        look = GradientNorms(names, *(np.linspace(0.1, 1.0, count) for _ in range(3)))
        axes = look.figure().axes[0]
        return [tick.get_text() for tick in axes.get_xticklabels()], axes

    assert labels(3)[0] == ["dense_0", "dense_1", "dense_2"]
    turned, axes = labels(6, "a_long_name_of_a_layer_{}")
    assert all(len(text) <= 20 for text in turned)
    assert axes.get_xticklabels()[0].get_rotation() == 30
    assert "dense_0" not in labels(20)[0]
