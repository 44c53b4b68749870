"""The perceptron is a network like the others; its rule comes out of the same machinery."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import shoal
from shoal import Dense, Recipe, Sequential, Space, heaviside, tanh
from shoal.data import Dataset
from shoal.engine import Trial, lane
from shoal.engine.lane_inputs import Filling
from shoal.engine.program import fresh_courses
from shoal.engine.specialize import specialize
from shoal.engine.splits import Splits
from shoal.losses import BinaryCrossEntropy, Perceptron
from shoal.metrics import Scale, epoch_measures
from shoal.nn.forward import forward
from shoal.optimizers import SGD, Adam

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
TRUTH = np.array([0, 1, 1, 0], np.int32)


def perceptron(features):
    return Sequential(
        Dense(1, initialization="zeros"), heaviside, input_shape=(features,)
    )  # fmt: skip


def rosenblatt(rate=1.0):
    return Recipe(loss=Perceptron(), optimizer=SGD(rate), batch_size=1)


def lanes(network, recipe, x, y, order, seeds):
    """Weights after each chunk of the order, with a lane for each seed in one program."""
    space = Space(network, recipe)
    special = specialize(network, recipe, space, {}, 1)
    rows = lane.Rows(jnp.asarray(x), jnp.asarray(y))
    scale = Scale.of("classification", epoch_measures("classification", "loss"), y, np.ones(1))
    splits = Splits("classification", 2, rows, rows, None, scale)
    filling = Filling(special, splits, len(seeds), 1)
    filled = [filling.fill(Trial(i, {}, s, network, recipe)) for i, s in enumerate(seeds)]
    params, settings = jax.tree.map(lambda *leaves: jnp.stack(leaves), *filled)
    course = fresh_courses(np.ones(len(seeds), bool), np.zeros(len(seeds), np.int32))

    @jax.jit
    @jax.vmap
    def run(params, setting, course):
        def chunk(carry, part):
            carry = lane.train(
                special, "classification", rows, carry[0], setting, carry[1], jnp.uint32(0), part
            )
            return carry, carry[0].params

        begun = (lane.start(special, params, setting), course)
        return jax.lax.scan(chunk, begun, jnp.asarray(order))[1]

    return jax.tree.map(np.asarray, run(params, settings, course))


def path(x, y, order, rate=1.0):
    """Weight and bias of a perceptron after each of these examples."""
    chunks = np.asarray(order, np.int32).reshape(-1, 1, 1)
    one = lanes(perceptron(x.shape[1]), rosenblatt(rate), x, y, chunks, [0])["dense_1"]
    return np.concatenate([one["weight"][0, :, :, 0], one["bias"][0]], axis=1)


def separable(seed, rows=40, features=3):
    """Points on both sides of a plane, none nearer than 0.1, and the plane as (w, b)."""
    rng = np.random.default_rng(seed)
    plane = rng.normal(size=features + 1)
    plane /= np.linalg.norm(plane)
    x = rng.normal(size=(20 * rows, features)).astype(np.float32)
    side = x @ plane[:-1] + plane[-1]
    far = np.abs(side) > 0.1
    return x[far][:rows], (side[far][:rows] > 0).astype(np.int32), plane


def test_a_step_is_rosenblatts_rule_exactly():
    x, y, _ = separable(0)
    order = np.random.default_rng(1).integers(0, len(x), 200)
    w, b = np.zeros(3), 0.0
    for row, found in zip(order, path(x, y, order, 0.5), strict=True):
        sign = 2 * y[row] - 1
        if sign * (w @ x[row] + b) <= 0:
            w, b = w + 0.5 * sign * x[row], b + 0.5 * sign
        np.testing.assert_allclose(found, [*w, b], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_on_separable_data_it_stops_within_novikoffs_bound(seed):
    x, y, plane = separable(seed)
    order = np.concatenate([np.random.default_rng(e).permutation(len(x)) for e in range(120)])
    weights = path(x, y, order)
    before = np.concatenate([np.zeros((1, 4)), weights[:-1]])
    mistakes = int((weights != before).any(axis=1).sum())
    long = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    signs = 2 * y - 1
    margin = (signs * (long @ plane)).min()
    assert 0 < mistakes <= (np.linalg.norm(long, axis=1).max() / margin) ** 2
    # No errors, and nothing changed in the last times through the data.
    assert (signs * (long @ weights[-1]) > 0).all()
    assert (weights[-3 * len(x) :] == weights[-1]).all()


def test_on_xor_it_never_stops():
    order = np.tile(np.arange(4), 200)
    weights = path(XOR, TRUTH, order)
    changed = (weights[1:] != weights[:-1]).any(axis=1)
    for epoch in range(199):
        assert changed[4 * epoch : 4 * epoch + 4].any()
    fires = (weights[:, :2] @ XOR.T + weights[:, 2:]) >= 0
    assert ((fires == TRUTH).sum(axis=1) < 4).all()


@pytest.mark.parametrize(("hidden", "least", "most"), [(2, 0.3, 0.95), (8, 0.95, 1.0)])
def test_two_layers_solve_xor_for_this_share_of_256_seeds(hidden, least, most):
    """Two hidden units have ways to fail, eight have hardly any."""
    network = Sequential(Dense(hidden), tanh, Dense(1), input_shape=(2,))
    recipe = Recipe(loss=BinaryCrossEntropy(), optimizer=Adam(0.05), batch_size=4)
    order = np.broadcast_to(np.arange(4, dtype=np.int32), (1, 400, 4))
    found = lanes(network, recipe, XOR, TRUTH, order, range(256))
    ends = jax.tree.map(lambda a: jnp.asarray(a[:, -1]), found)
    outputs = jax.vmap(partial(forward, network, x=jnp.asarray(XOR)))(ends)
    solved = ((np.asarray(outputs)[..., 0] >= 0) == TRUTH).all(axis=1)
    assert least <= solved.mean() <= most


def test_it_is_trained_and_asked_like_any_network():
    x, y, _ = separable(0, rows=120)
    data = Dataset.from_arrays(x, y, name="separable")
    network = Sequential(Dense(1, initialization="zeros"), heaviside)
    recipe = Recipe(
        loss=Perceptron(), optimizer=SGD(1.0), batch_size=1, epochs=60,
        early_stopping=shoal.EarlyStopping(patience=5, monitor="train_loss"),
    )  # fmt: skip
    model = shoal.train(network, recipe, data)
    assert model.evaluate(data)["accuracy"] > 0.95
    assert (model.predict(x) == y).mean() > 0.95


def test_a_sum_of_zero_fires_for_loss_step_and_prediction_alike():
    loss, zero = Perceptron(), jnp.zeros((1, 1))
    assert loss.readout("classification", zero).argmax() == 1
    assert heaviside.function(zero)[0, 0] == 1
    for target, slope in ((1, -1.0), (0, 1.0)):
        found = jax.grad(lambda o, t=target: loss.per_example(o, jnp.array([t])).sum())(zero)
        assert float(found[0, 0]) == slope
