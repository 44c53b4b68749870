"""The recursion of a first course, worked by hand, is what training uses."""

from __future__ import annotations

import numpy as np
import pytest
from test_perceptron import lanes

from shoal import Dense, Recipe, Sequential, sigmoid, tanh
from shoal.losses import SquaredError
from shoal.nn import initialize
from shoal.optimizers import SGD


def sigma(a):
    return 1 / (1 + np.exp(-a))


ACTIVATIONS = {
    "sigmoid": (sigmoid, sigma, lambda h: h * (1 - h)),
    "tanh": (tanh, np.tanh, lambda h: 1 - h**2),
}


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_delta_by_delta(kind):
    """Three layers 2-3-3-2 on two examples, E = mean over examples and outputs of (o - t)²."""
    layer, f, slope = ACTIVATIONS[kind]
    network = Sequential(Dense(3), layer, Dense(3), layer, Dense(2), layer, input_shape=(2,))
    x = np.array([[0.5, -1.0], [1.5, 0.25]], np.float32)
    t = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)
    start = {
        name: {key: value.astype(np.float64) for key, value in own.items()}
        for name, own in initialize(network, 7).items()
    }
    names = ["dense_1", "dense_2", "dense_3"]

    h = [x.astype(np.float64)]  # h_0 is the input, h_i the output of layer i
    for name in names:
        h.append(f(h[-1] @ start[name]["weight"] + start[name]["bias"]))
    # At the output: the error's slope times the activation's.
    delta = 2 * (h[3] - t) / t.size * slope(h[3])
    expected = {}
    for i in (3, 2, 1):
        name = names[i - 1]
        gradient = h[i - 1].T @ delta  # ∂E/∂W_i = δ_i · h_{i-1}
        expected[name] = {"weight": gradient, "bias": delta.sum(axis=0)}
        # δ_{i-1}: back through the weights, times the slope there.
        delta = (delta @ start[name]["weight"].T) * slope(h[i - 1])

    rate = 0.5
    recipe = Recipe(loss=SquaredError(), optimizer=SGD(rate), batch_size=2)
    order = np.array([[[0, 1]]], np.int32)
    after = lanes(network, recipe, x, t, order, [7])
    for name in names:
        for key, gradient in expected[name].items():
            stepped = start[name][key] - rate * gradient
            np.testing.assert_allclose(after[name][key][0, 0], stepped, rtol=1e-5, atol=1e-7)
            used = (start[name][key] - after[name][key][0, 0]) / rate
            np.testing.assert_allclose(used, gradient, rtol=1e-3, atol=2e-6)
