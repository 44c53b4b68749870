"""What a chain's results cost is the chain, cross entropy and a sum, gradients included."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from hypothesis import given
from hypothesis import strategies as st
from kernel_oracle import close
from test_dense_chain import DROPPED, PLAIN, RECTIFIED, lanes_of, links_of, operands, way

from shoal import kernels
from shoal.kernels import DenseLink, LabelCosts

FEW = drawn(5)

__all__ = ["way"]


def part_by_part(x, links, costs, *, active_in=None):
    scores = kernels.dense_chain(x, links, active_in=active_in)
    found = kernels.cross_entropy(
        scores, costs.labels, smoothing=costs.smoothing, weights=costs.classes
    )
    return jnp.sum(found * costs.rows)


def cost_and_grads(form, kinds, costs, x, weights, biases, rates, keys, bounds, active_in=None):
    def call(x, weights, biases):
        links = links_of(weights, biases, kinds, rates, keys, bounds)
        return form(x, links, LabelCosts(*costs), active_in=active_in)

    return jax.value_and_grad(call, (0, 1, 2))(x, weights, biases)


def costs_of(rng, batch, classes):
    return (
        rng.integers(-1, classes + 1, batch).astype(np.int32),
        rng.normal(size=batch).astype(np.float32),
        np.float32(0.1),
        rng.uniform(0, 2, classes).astype(np.float32),
    )


@FEW
@given(
    batch=st.integers(0, 40),
    sizes=st.lists(st.integers(1, 70), min_size=2, max_size=4),
    kinds=st.tuples(*[st.sampled_from([PLAIN, RECTIFIED, DROPPED])] * 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_agrees_with_its_parts(way, batch, sizes, kinds, seed) -> None:
    rng = np.random.default_rng(seed)
    depth = len(sizes) - 1
    _, *given = operands(rng, batch, sizes)
    costs = costs_of(rng, batch, sizes[-1])
    forms = [
        jax.jit(
            lambda *o, form=form: cost_and_grads(form, kinds[:depth], costs, *o, [None] * depth)
        )(*given)
        for form in (kernels.chain_cost, part_by_part)
    ]
    for actual, wanted in zip(*map(jax.tree.leaves, forms), strict=True):
        close(actual, wanted)


def on_lanes(rng, form):
    kinds, sizes = (DROPPED, RECTIFIED, PLAIN), (30, 45, 20, 10)
    (_, *stacked), low = lanes_of(rng, 6, 19, sizes)
    costs = tuple(map(np.stack, zip(*(costs_of(rng, 19, 10) for _ in range(6)), strict=True)))

    def one(costs, low, *rest):
        return cost_and_grads(form, kinds, costs, *rest, low)

    return jax.jit(jax.vmap(one))(costs, low, *stacked)


def test_lanes_of_different_widths(way) -> None:
    forms = (kernels.chain_cost, part_by_part)
    results = (on_lanes(np.random.default_rng(5), form) for form in forms)
    for left, right in zip(*map(jax.tree.leaves, results), strict=True):
        close(left, right)


def test_both_ways_are_the_same_to_the_bit(native, monkeypatch) -> None:
    results = []
    for at_once in (True, False):
        monkeypatch.setattr("shoal.kernels.ffi.chain_cost.lane_per_thread", lambda _, a=at_once: a)
        results.append(on_lanes(np.random.default_rng(6), kernels.chain_cost))
    jax.tree.map(np.testing.assert_array_equal, *results)


@pytest.mark.parametrize("wanted", [0, 1])
def test_which_gradients_are_asked_for_decides_which_are_computed(native, rng, wanted) -> None:
    _, x, weights, biases, *_ = operands(rng, 5, (4, 3, 2))
    costs = LabelCosts(np.array([0, 1, 1, 0, 1], np.int32), np.ones(5, np.float32))

    def total(x, weights):
        links = [DenseLink(w, b, True) for w, b in zip(weights, biases, strict=True)]
        return kernels.chain_cost(x, links, costs)

    both = jax.grad(total, (0, 1))(x, weights)
    alone = jax.grad(total, wanted)(x, weights)
    jax.tree.map(np.testing.assert_array_equal, both[wanted], alone)
    if kernels.backend() == "native":
        program = jax.jit(jax.grad(total, wanted)).lower(x, weights).as_text()
        assert f"wants_dw = {wanted}" in program
