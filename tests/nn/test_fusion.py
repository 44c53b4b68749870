"""Fused chains compute what their layers compute one after another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import (
    Add,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPool,
    Network,
    Sequential,
    UpSample,
    relu,
    tanh,
)
from shoal.kernels import max_pool
from shoal.kernels.conv import conv
from shoal.nn import Widths, forward_each, forward_training, initialize
from shoal.nn.forward import _context, forward, pool_first
from shoal.nn.fusion import fuse


def kinds(network: Network, end: str | None = None) -> list[str]:
    end = network.output if end is None else end
    names = [node.name for node in network.nodes]
    nodes = network.nodes[: names.index(end) + 1]
    return [type(node.layer).__name__ for node in fuse(network, nodes, end)]


def chain(*layers) -> Network:
    return pool_first(Sequential(*layers, input_shape=(9, 8, 2)))


def flat(*layers) -> Network:
    return Sequential(*layers, input_shape=(6,))


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (chain(Conv(3), relu, MaxPool(2), Flatten()), ["ConvMax", "Flatten"]),
        (chain(Conv(3), MaxPool(2), Flatten()), ["ConvMax", "Flatten"]),
        (chain(Conv(3), tanh, MaxPool(2), Flatten()), ["ConvMax", "Tanh", "Flatten"]),
        (chain(Conv(3), MaxPool(3, stride=2), relu), ["Conv", "MaxPool", "Relu"]),
        (chain(Conv(3), MaxPool(2, padding="same"), relu), ["Conv", "MaxPool", "Relu"]),
        (chain(Conv(3), relu), ["Conv", "Relu"]),
        (chain(Conv(3), BatchNorm(), relu), ["Conv", "NormMax"]),
        (chain(BatchNorm(), relu, MaxPool((3, 2))), ["NormMax"]),
        (chain(BatchNorm(), MaxPool((3, 2)), tanh), ["NormMax", "Tanh"]),
        (chain(BatchNorm(), relu, MaxPool(2)), ["BatchNorm", "MaxPool", "Relu"]),
        (chain(BatchNorm(), relu, MaxPool(3, stride=1)), ["BatchNorm", "MaxPool", "Relu"]),
        (chain(BatchNorm(), tanh), ["BatchNorm", "Tanh"]),
        (flat(Dense(5), BatchNorm(), relu, Dense(3)), ["Dense", "NormMax", "DenseChain"]),
        (
            flat(Dense(5), relu, Dropout(0.1), Dense(4), Dropout(0.1), relu, Dense(3)),
            ["DenseChain"],
        ),
        (flat(Dense(5), relu), ["DenseChain"]),
        (flat(Dense(5)), ["DenseChain"]),
        (flat(Dense(5), tanh), ["Dense", "Tanh"]),
        (flat(Dense(5), tanh, Dense(3)), ["Dense", "Tanh", "DenseChain"]),
        (flat(Dense(5), tanh, Dense(4), Dense(3)), ["Dense", "Tanh", "DenseChain"]),
        (flat(Dense(5), Dropout(0.1), Dense(4), relu), ["Dense", "Dropout", "DenseChain"]),
        (flat(Dense(5), relu, relu, Dense(4), tanh), ["DenseChain", "Relu", "Dense", "Tanh"]),
        (flat(Dense(5), Dropout(0.1), Dropout(0.1)), ["Dense", "Dropout", "Dropout"]),
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


def test_a_chain_ends_where_something_else_looks() -> None:
    x = Input((6,))
    hidden = relu(Dense(6, name="hidden")(x))
    network = Network(Dense(3)(Add()(hidden, Dense(6)(hidden))))
    assert kinds(network) == ["DenseChain", "Dense", "Add", "DenseChain"]
    assert kinds(Network(Dense(4)(relu(Dense(6, name="seen")(x)))), "seen") == ["DenseChain"]


@pytest.mark.parametrize("order", ["relu first", "dropout first"])
def test_a_chain_of_dense_layers_is_its_layers(order) -> None:
    """Noise, values and gradients, a layer's second use included."""
    after = [relu, Dropout(0.4)] if order == "relu first" else [Dropout(0.4), relu]
    x, twice = Input((6,)), Dense(5, name="twice")
    h = after[1](after[0](twice(after[1](after[0](Dense(5, name="first")(x))))))
    network = Network(Dense(3, bias=False, name="last")(relu(twice(h))))
    assert kinds(network) == ["DenseChain"]
    params = jax.tree.map(jnp.asarray, initialize(network, 0))
    key = jnp.asarray([3, 4], jnp.uint32)
    x = jnp.asarray(np.random.default_rng(1).normal(size=(7, 6)).astype(np.float32))

    def one_by_one(params, x):
        """Every node by itself: what somebody else reads too is never fused."""
        values, widths = {"input": x}, Widths()
        for node in network.nodes:
            context = _context(node, widths, True, key)
            own = params.get(node.owner, {})
            h = [values[name] for name in node.inputs]
            values[node.name] = network.layer(node).apply(own, *h, context=context)
        return values[node.name]

    def fused(params, x):
        return forward(network, params, x, training=True, key=key)

    results = []
    for form in (one_by_one, fused):
        y, pull = jax.vjp(form, params, x)
        results.append(jax.tree.leaves((y, pull(jnp.cos(y)))))
    for left, right in zip(*results, strict=True):
        np.testing.assert_allclose(left, right, rtol=2e-5, atol=2e-5)


def test_every_node_can_be_looked_at() -> None:
    network = flat(Dense(5), relu, Dense(3))
    params = jax.tree.map(jnp.asarray, initialize(network, 0))
    values = forward_each(network, params, jnp.ones((2, 6)))
    assert list(values) == ["input", *(node.name for node in network.nodes)]
    maps = Network(MaxPool(2)(Conv(2)(Input((4, 4, 1)))))
    params = jax.tree.map(jnp.asarray, initialize(maps, 0))
    assert "conv_1" in forward_each(maps, params, jnp.ones((2, 4, 4, 1)))


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


@pytest.mark.parametrize("training", [True, False])
def test_a_normalization_and_what_comes_after_it(training) -> None:
    """Values, gradients and what is kept; the last example only fills the batch up."""
    network = chain(BatchNorm(momentum=0.3), relu, MaxPool((3, 2)), Flatten(), BatchNorm(), relu)
    assert kinds(network) == ["NormMax", "Flatten", "NormMax"]
    params = jax.tree.map(jnp.asarray, initialize(network, 0))
    rng = np.random.default_rng(1)
    params["batch_norm_1"] = {
        name: jnp.asarray(rng.uniform(0.5, 1.5, 2).astype(np.float32))
        for name in ("scale", "shift", "mean", "variance")
    }
    x = jnp.asarray(rng.normal(size=(5, 9, 8, 2)).astype(np.float32))
    weight, key = jnp.asarray([1.0, 1, 1, 1, 0]), jnp.asarray([3, 4], jnp.uint32)

    def one_by_one(params, x):
        """Every node by itself: what somebody else reads too is never fused."""
        h, state = x, {}
        for node in network.nodes:
            context = replace(_context(node, Widths(), training, key), weight=weight)
            form = node.layer.apply_training if training else node.layer.apply
            h = form(params.get(node.owner, {}), h, context=context)
            if training:
                h, kept = h
                state.update({node.owner: kept} if kept else {})
        return h, state

    def fused(params, x):
        if training:
            return forward_training(network, params, x, key=key, weight=weight)
        return forward(network, params, x), {}

    results = []
    for form in (one_by_one, fused):
        y, pull, state = jax.vjp(form, params, x, has_aux=True)
        results.append((y, pull(jnp.cos(y)), state))
    jax.tree.map(partial(np.testing.assert_allclose, rtol=2e-5, atol=2e-5), *results)


def joined(*maps, small: int = 5, beside: int = 3) -> Network:
    """A convolution of what `maps` makes of a small map and a large one."""
    x = Input((6, 8, 2))
    parts = [make(MaxPool(2)(Conv(small)(x)), tanh(Conv(beside)(x))) for make in maps]
    return Network(Conv(4, name="last")(Concat()(*parts)))


UP, BESIDE = (lambda low, _: UpSample(2)(low)), (lambda _, high: high)


@pytest.mark.parametrize(
    ("network", "fused"),
    [
        (joined(UP, BESIDE), True),
        (joined(BESIDE, UP), True),
        (joined(UP, BESIDE, UP), True),
        (joined(BESIDE, lambda low, _: UpSample(2, method="bilinear")(low)), False),
        (joined(UP, UP), False),
        (joined(BESIDE, BESIDE), False),
    ],
    ids=["up first", "up last", "twice", "bilinear", "all up", "none up"],
)
def test_a_convolution_of_maps_side_by_side(network, fused) -> None:
    assert ("ConvParts" in kinds(network)) is fused
    if not fused:
        return
    params = jax.tree.map(jnp.asarray, initialize(network, 0))
    x = jnp.asarray(np.random.default_rng(1).normal(size=(3, 6, 8, 2)).astype(np.float32))
    forms = (
        lambda p, x: forward_each(network, p, x)[network.output],
        lambda p, x: forward(network, p, x),
        lambda p, x: forward_training(
            network, p, x, key=jnp.asarray([1, 2], jnp.uint32), weight=jnp.ones(3)
        )[0],
    )
    results = []
    for form in forms:
        y, pull = jax.vjp(form, params, x)
        results.append((y, pull(jnp.cos(y))))
    for one in results[1:]:
        jax.tree.map(partial(np.testing.assert_allclose, rtol=2e-5, atol=2e-5), results[0], one)


def test_an_enlarged_map_that_others_read_stays() -> None:
    x = Input((6, 8, 2))
    large = UpSample(2, name="large")(MaxPool(2)(x))
    network = Network(Add()(Conv(4)(Concat()(large, x)), Conv(4)(large)))
    assert "ConvParts" not in kinds(network)
