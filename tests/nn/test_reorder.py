"""Pooling before an activation computes what pooling after it does."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import (
    Choice,
    Conv,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Sequential,
    Softmax,
    Space,
    relu,
    sigmoid,
    tanh,
)
from shoal.nn import Add, Input, Network, initialize
from shoal.nn.forward import forward, pool_first


def _kinds(network: Network) -> list[str]:
    return [node.layer.kind for node in network.nodes]


@pytest.mark.parametrize("activation", [relu, tanh, sigmoid])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_values_and_gradients_stay_the_same(activation, padding):
    chain = (Conv(3), activation, MaxPool(2, stride=2, padding=padding), Flatten(), Dense(4))
    network = Sequential(*chain, input_shape=(7, 6, 2))
    swapped = pool_first(network)
    assert _kinds(swapped)[1:3] == ["max_pool", activation.kind]
    params = jax.tree.map(jnp.asarray, initialize(network, 0))
    x = jnp.asarray(np.random.default_rng(0).normal(size=(5, 7, 6, 2)).astype(np.float32))

    def total(which, params, x):
        return jnp.sum(jnp.sin(forward(which, params, x)))

    np.testing.assert_array_equal(forward(swapped, params, x), forward(network, params, x))
    for argument in (1, 2):
        found = jax.grad(total, argument)(swapped, params, x)
        expected = jax.grad(total, argument)(network, params, x)
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), found, expected
        )


def test_it_is_left_where_it_would_change_something():
    x = Input((6, 6, 2))
    h = relu(Conv(3)(x))
    pooled = MaxPool(2)(h)
    branch = MaxPool(2)(Conv(3)(h))
    for network in (
        Network(Add()(pooled, branch)),  # the activation has another reader
        Sequential(Conv(3), Softmax(), MaxPool(2), input_shape=(6, 6, 2)),  # not monotone
        Sequential(Conv(3), relu, Dropout(0.5), MaxPool(2), input_shape=(6, 6, 2)),
    ):
        assert _kinds(pool_first(network)) == _kinds(network)


def test_a_stack_of_blocks_is_reordered_block_by_block():
    block = (Conv(3), relu, MaxPool(2))
    network = Sequential(*block, Conv(2), tanh, MaxPool(2), input_shape=(8, 8, 1))
    expected = ["conv", "max_pool", "relu", "conv", "max_pool", "tanh"]
    assert _kinds(pool_first(network)) == expected
    assert pool_first(network).output_shape == network.output_shape


def test_one_choice_of_activations_and_one_pooling_for_all_blocks():
    act, pool = Choice(relu, tanh), MaxPool(2)
    family = Sequential(Conv(4), act, pool, Conv(3), act, pool, Conv(2), act, input_shape=(8, 8, 1))
    network = Space(family).bind(family, {"activation_1": 0})
    expected = ["conv", "max_pool", "relu", "conv", "max_pool", "relu", "conv", "relu"]
    assert _kinds(pool_first(network)) == expected
