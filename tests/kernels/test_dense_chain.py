"""A chain of fully connected layers is its layers one after another."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from hypothesis import given
from hypothesis import strategies as st
from kernel_oracle import close

from shoal import kernels
from shoal.kernels import DenseLink, Drop, GradientHooks
from shoal.kernels.ffi import chain_cost as ffi_cost
from shoal.kernels.ffi import dense_chain as ffi

FEW = drawn(6)

# How each layer goes on: rectified, dropped out.
PLAIN, RECTIFIED, DROPPED = (False, False), (True, False), (True, True)


def one_by_one(x, links, active_in=None):
    for link in links:
        x = kernels.dense(x, link.weight, link.bias, active_in=active_in, active_out=link.active)
        if link.rectified:
            x = jax.nn.relu(x)
        if link.drop is not None:
            x = kernels.dropout(x, *link.drop, active=link.active)
        active_in = link.active
    return x


def links_of(weights, biases, kinds, rates, keys, bounds):
    return [
        DenseLink(
            w, b, rectified,
            Drop(rate, key, jnp.arange(w.shape[1], dtype=jnp.int32)) if dropped else None, active,
        )
        for w, b, (rectified, dropped), rate, key, active in zip(
            weights, biases, kinds, rates, keys, bounds, strict=True
        )
    ]  # fmt: skip


def value_and_grads(form, kinds, dy, x, weights, biases, rates, keys, bounds, active_in):
    def call(x, weights, biases):
        return form(x, links_of(weights, biases, kinds, rates, keys, bounds), active_in=active_in)

    y, pull = jax.vjp(call, x, weights, biases)
    return y, *pull(dy)


def operands(rng, batch, sizes):
    """Of one network: cotangent, x, weights, biases, rates and keys."""
    depth = len(sizes) - 1
    draw = lambda *shape: rng.standard_normal(shape, dtype=np.float32)  # noqa: E731
    return (
        draw(batch, sizes[-1]),
        draw(batch, sizes[0]),
        [draw(*pair) for pair in itertools.pairwise(sizes)],
        [draw(size) for size in sizes[1:]],
        list(rng.uniform(0, 0.9, depth).astype(np.float32)),
        list(rng.integers(0, 2**32, (depth, 2), dtype=np.uint32)),
    )


def lanes_of(rng, lanes, batch, sizes):
    """The same of many lanes that use different shares of the widths, and the bounds."""
    used = [rng.integers(1, size + 1, lanes).astype(np.int32) for size in sizes]
    used[1][2] = 0
    alone = [operands(rng, batch, sizes) for _ in range(lanes)]
    dy, x, weights, biases, rates, keys = jax.tree.map(lambda *leaves: np.stack(leaves), *alone)
    for lane in range(lanes):
        x[lane, :, used[0][lane] :] = 0
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            w[lane, used[i][lane] :] = w[lane, :, used[i + 1][lane] :] = 0
            b[lane, used[i + 1][lane] :] = 0
    return (dy, x, weights, biases, rates, keys, used[1:]), used[0]


def on_lanes(form, kinds, stacked, low):
    def one(low, dy, *rest):
        return value_and_grads(form, kinds, dy, *rest, low)

    return jax.jit(jax.vmap(one))(low, *stacked)


@pytest.fixture(params=["lane by lane", "layer by layer"])
def way(request, monkeypatch) -> str:
    """How the extension goes through the chain: what it does for many lanes, and for few."""
    at_once = request.param == "lane by lane"
    for module in (ffi, ffi_cost):
        monkeypatch.setattr(module, "lane_per_thread", lambda lanes: at_once)
    return request.param


@FEW
@given(
    batch=st.integers(0, 40),
    sizes=st.lists(st.integers(0, 70), min_size=2, max_size=4),
    kinds=st.tuples(*[st.sampled_from([PLAIN, RECTIFIED, DROPPED])] * 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_agrees_with_its_parts(way, batch, sizes, kinds, seed) -> None:
    depth = len(sizes) - 1
    given = operands(np.random.default_rng(seed), batch, sizes)
    forms = [
        jax.jit(
            lambda *o, form=form: value_and_grads(form, kinds[:depth], *o, [None] * depth, None)
        )(*given)
        for form in (kernels.dense_chain, one_by_one)
    ]
    for actual, wanted in zip(*map(jax.tree.leaves, forms), strict=True):
        close(actual, wanted)


def test_lanes_of_different_widths(way, rng) -> None:
    kinds = (DROPPED, RECTIFIED, PLAIN)
    stacked, low = lanes_of(rng, 5, 19, (30, 45, 20, 10))
    actual = on_lanes(kernels.dense_chain, kinds, stacked, low)
    wanted = on_lanes(one_by_one, kinds, stacked, low)
    for left, right in zip(*map(jax.tree.leaves, (actual, wanted)), strict=True):
        close(left, right)


@pytest.mark.parametrize("inputs", [40, 1300])
def test_what_lies_between_is_the_same_noise_to_the_bit(native, rng, way, inputs) -> None:
    """Not only close: the same units are dropped, and every sum has the same order."""
    stacked, low = lanes_of(rng, 4, 33, (inputs, 72, 24))
    forms = (kernels.dense_chain, one_by_one)
    results = (on_lanes(form, (DROPPED, PLAIN), stacked, low) for form in forms)
    for left, right in zip(*map(jax.tree.leaves, results), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("inputs", [513, 700, 1024, 1300])
def test_one_network_alone_sums_as_among_others(native, rng, inputs) -> None:
    """In blocks of terms or not, and by whatever number of threads."""
    if kernels.backend() != "native":
        pytest.skip("XLA promises nothing of the kind")
    stacked, low = lanes_of(rng, 3, 33, (inputs, 72, 24))
    among = on_lanes(kernels.dense_chain, (DROPPED, PLAIN), stacked, low)
    alone = on_lanes(
        kernels.dense_chain, (DROPPED, PLAIN), *jax.tree.map(lambda a: a[:1], (stacked, low))
    )
    for left, right in zip(*map(jax.tree.leaves, (among, alone)), strict=True):
        np.testing.assert_array_equal(left[:1], right)


def test_which_gradients_are_asked_for_decides_which_are_computed(native, rng) -> None:
    _, x, weights, biases, *_ = operands(rng, 5, (4, 3, 2))

    def total(x, weights):
        links = [DenseLink(w, b, True) for w, b in zip(weights, biases, strict=True)]
        return (kernels.dense_chain(x, links) ** 2).sum()

    for argument, wants in ((0, "wants_dx = 1"), (1, "wants_dx = 0")):
        program = jax.jit(jax.grad(total, argument)).lower(x, weights).as_text()
        if kernels.backend() == "native":
            assert wants in program
            assert f"wants_dw = {argument}" in program
    both = jax.grad(total, (0, 1))(x, weights)
    for actual, alone in zip(both, (jax.grad(total, i)(x, weights) for i in (0, 1)), strict=True):
        jax.tree.map(np.testing.assert_array_equal, actual, alone)


def test_without_bias_and_with_shared_operands(way, rng) -> None:
    x = rng.standard_normal((3, 6, 5), dtype=np.float32)
    w = [rng.standard_normal(s, dtype=np.float32) for s in ((5, 4), (3, 4, 2))]

    def total(form, w0, w1, x):
        return (form(x, [DenseLink(w0, rectified=True), DenseLink(w1)]) ** 2).sum()

    def gradients(form):
        call = jax.vmap(lambda *o: total(form, *o), (None, 0, 0))
        return jax.grad(lambda *o: call(*o).sum(), (0, 1, 2))(*w, x)

    for left, right in zip(gradients(kernels.dense_chain), gradients(one_by_one), strict=True):
        close(left, right)


def test_zeros_and_nan(native) -> None:
    """The gradient is cut off at 0; what is not a number stays visible."""
    w, x = np.eye(3, dtype=np.float32), np.array([[0.0, -1.0, 2.0]], np.float32)

    def total(x):
        return kernels.dense_chain(x, [DenseLink(w, rectified=True)]).sum()

    np.testing.assert_array_equal(jax.grad(total)(x), [[0, 0, 1]])
    assert np.isnan(total(np.where(x == -1, np.float32("nan"), x)))


def test_gradients_in_factors(native, way, rng) -> None:
    """The same gradients once they are multiplied, and the others beside them."""
    if kernels.backend() != "native":
        pytest.skip("only the extension gives them")
    stacked, low = lanes_of(rng, 3, 19, (30, 45, 20, 10))
    kinds, shapes = (DROPPED, PLAIN, PLAIN), ((19, 30), (19, 45), (19, 20))
    taps = [
        GradientHooks(np.zeros(shapes[i], np.float32), np.zeros(shapes[i + 1], np.float32))
        for i in (0, 1)
    ]

    def one(low, dy, x, weights, biases, *rest):
        def tapped(x, weights, biases, taps):
            links = links_of([*stopped[0], *weights], [*stopped[1], *biases], kinds, *rest)
            links = [link._replace(taps=t) for link, t in zip(links, (*taps, None), strict=True)]
            return kernels.dense_chain(x, links, active_in=low)

        stopped = weights[:2], biases[:2]
        y, pull = jax.vjp(tapped, x, weights[2:], biases[2:], taps)
        dx, dw, db, found = pull(dy)
        # What inputs hold beyond those in use is nobody's business.
        seen = [
            jnp.arange(t.x.shape[1]) < n for t, n in zip(found, (low, rest[-1][0]), strict=True)
        ]
        parts = [
            (jnp.where(s[:, None], t.x.T @ t.dz, 0.0), t.dz.sum(0))
            for t, s in zip(found, seen, strict=True)
        ]
        return y, dx, [*(p[0] for p in parts), *dw], [*(p[1] for p in parts), *db]

    actual = jax.jit(jax.vmap(one))(low, *stacked)
    wanted = on_lanes(kernels.dense_chain, kinds, stacked, low)
    for left, right in zip(*map(jax.tree.leaves, (actual, wanted)), strict=True):
        close(left, right)


def test_where_factors_are_not_given() -> None:
    x, w = np.ones((2, 3), np.float32), np.ones((3, 3), np.float32)
    tapped = DenseLink(w, taps=GradientHooks(np.zeros((2, 3)), np.zeros((2, 3))))
    if kernels.backend() == "native":
        with pytest.raises(ValueError, match="last link"):
            kernels.dense_chain(x, [tapped])
    with pytest.raises(ValueError, match="only the extension"):  # which has no such type
        kernels.dense_chain(x.astype(np.float16), [tapped, DenseLink(w)])
