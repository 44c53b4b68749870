"""Fused chains compute what their layers compute one after another."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import Add, Conv, Dense, Flatten, Input, MaxPool, Network, Sequential, relu, tanh
from shoal.kernels import conv, max_pool
from shoal.network import forward, initialize
from shoal.network.fusion import fuse
from shoal.network.reorder import pool_first


def kinds(network: Network, end: str | None = None) -> list[str]:
    end = network.output if end is None else end
    names = [node.name for node in network.nodes]
    nodes = network.nodes[: names.index(end) + 1]
    return [type(node.layer).__name__ for node in fuse(network, nodes, end)]


def chain(*layers) -> Network:
    return pool_first(Sequential(*layers, input_shape=(9, 8, 2)))


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (chain(Conv(3), relu, MaxPool(2), Flatten()), ["ConvMax", "Flatten"]),
        (chain(Conv(3), MaxPool(2), Flatten()), ["ConvMax", "Flatten"]),
        (chain(Conv(3), tanh, MaxPool(2), Flatten()), ["ConvMax", "Tanh", "Flatten"]),
        (chain(Conv(3), MaxPool(3, stride=2), relu), ["Conv", "MaxPool", "Relu"]),
        (chain(Conv(3), MaxPool(2, padding="same"), relu), ["Conv", "MaxPool", "Relu"]),
        (chain(Conv(3), relu), ["Conv", "Relu"]),
    ],
)
def test_which_chains_are_one_operation(network, expected) -> None:
    assert kinds(network) == expected


def test_what_is_looked_at_in_between_stays() -> None:
    x = Input((8, 8, 1))
    pooled = MaxPool(2, name="pooled")(Conv(3, name="maps")(x))
    network = Network(relu(pooled))
    assert kinds(network) == ["ConvMax"]
    assert kinds(network, "maps") == ["Conv"]
    assert kinds(network, "pooled") == ["ConvMax"]
    twice = Conv(3, name="maps")(x)
    assert "ConvMax" not in kinds(Network(Add()(MaxPool(2)(twice), MaxPool(2)(relu(twice)))))


def test_values_and_gradients_are_those_of_the_layers() -> None:
    network = chain(Conv(5), relu, MaxPool(2), Flatten(), Dense(3))
    params = jax.tree.map(jnp.asarray, initialize(network, 0))
    x = jnp.asarray(np.random.default_rng(1).normal(size=(4, 9, 8, 2)).astype(np.float32))

    def by_hand(params, x):
        filters, dense = params["conv_1"], params["dense_1"]
        maps = conv(x, filters["weight"], filters["bias"], padding=((1, 1), (1, 1)))
        flat = max_pool(jax.nn.relu(maps), (2, 2), (2, 2)).reshape(x.shape[0], -1)
        return flat @ dense["weight"] + jnp.broadcast_to(dense["bias"], (x.shape[0], 3))

    def check(params, x):
        wanted, pull = jax.vjp(by_hand, params, x)
        actual, pull_too = jax.vjp(lambda p, x: forward(network, p, x), params, x)
        return (wanted, pull(jnp.cos(wanted))), (actual, pull_too(jnp.cos(actual)))

    wanted, actual = jax.jit(check)(params, x)
    for left, right in zip(jax.tree.leaves(wanted), jax.tree.leaves(actual), strict=True):
        np.testing.assert_allclose(left, right, rtol=2e-5, atol=2e-5)
