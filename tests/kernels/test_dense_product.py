from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from hypothesis import given
from hypothesis import strategies as st
from kernel_oracle import close, dense, dense_grads, value_and_pull

from shoal import kernels

FEW = drawn(6)


def random(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape, dtype=np.float32)


@FEW
@given(
    batch=st.integers(0, 70),
    inputs=st.integers(0, 70),
    outputs=st.integers(0, 70),
    seed=st.integers(0, 2**32 - 1),
)
def test_all_directions_agree_with_float64(operations, batch, inputs, outputs, seed) -> None:
    rng = np.random.default_rng(seed)
    x, w, b, dy = (
        random(rng, *shape)
        for shape in ((batch, inputs), (inputs, outputs), (outputs,), (batch, outputs))
    )
    y, *grads = value_and_pull(lambda *p: operations.dense(*p, None, None), dy, x, w, b)
    x, w, b, dy = (a.astype(np.float64) for a in (x, w, b, dy))
    close(y, dense(x, w, b))
    for actual, wanted in zip(grads, dense_grads(x, w, dy), strict=True):
        close(actual, wanted)


@pytest.mark.parametrize(
    ("batch", "inputs", "outputs"), [(64, 1025, 70), (3, 2049, 300), (20, 1500, 5), (1, 1281, 32)]
)
def test_many_terms_agree_with_float64(operations, rng, batch, inputs, outputs) -> None:
    x, w, b = random(rng, batch, inputs), random(rng, inputs, outputs), random(rng, outputs)
    wanted = dense(*(a.astype(np.float64) for a in (x, w, b)))
    actual = np.asarray(operations.dense(*map(jnp.asarray, (x, w, b)), None, None))
    np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-5 * np.sqrt(inputs))


def test_without_bias(operations, rng) -> None:
    x, w = random(rng, 5, 7), random(rng, 7, 3)
    y, pull = jax.vjp(lambda w: operations.dense(jnp.asarray(x), w, None, None, None), w)
    close(y, x @ w)
    close(pull(jnp.ones((5, 3)))[0], x.T @ np.ones((5, 3)))


@pytest.mark.parametrize("shared", ["none", "x", "weight", "bias", "x and weight"])
def test_lanes_share_what_they_share(operations, rng, shared) -> None:
    lanes = 3
    full = {"x": random(rng, lanes, 9, 6), "weight": random(rng, lanes, 6, 5)}
    full["bias"] = random(rng, lanes, 5)
    given = {name: a[0] if name in shared.split(" and ") else a for name, a in full.items()}
    axes = [None if name in shared.split(" and ") else 0 for name in full]

    def loss(x, weight, bias):
        return (operations.dense(x, weight, bias, None, None) ** 2).sum()

    def total(*params):
        return jax.vmap(loss, axes)(*params).sum()

    grads = jax.grad(total, (0, 1, 2))(*map(jnp.asarray, given.values()))
    wanted = {name: np.zeros(a.shape) for name, a in given.items()}
    for lane in range(lanes):
        one = {n: (a if n in shared.split(" and ") else a[lane]) for n, a in given.items()}
        x, w, b = (one[n].astype(np.float64) for n in ("x", "weight", "bias"))
        for name, grad in zip(given, dense_grads(x, w, 2 * dense(x, w, b)), strict=True):
            if name in shared.split(" and "):
                wanted[name] += grad
            else:
                wanted[name][lane] = grad
    for actual, name in zip(grads, given, strict=True):
        close(actual, wanted[name])


def test_vmap_of_vmap_in_a_scan(operations, rng) -> None:
    x, w = random(rng, 4, 2, 8, 5), random(rng, 3, 5, 5)

    def walk(x, w):
        def step(h, _):
            return jnp.tanh(operations.dense(h, w, None, None, None)), None

        return jax.lax.scan(step, x, None, length=3)[0].sum()

    both = jax.vmap(jax.vmap(jax.vmap(jax.grad(walk, 1), (0, None)), (0, None)), (None, 0))
    grads = jax.jit(both)(jnp.asarray(x), jnp.asarray(w))
    assert grads.shape == (3, 4, 2, 5, 5)

    def plain(x, w):
        for _ in range(3):
            x = jnp.tanh(x @ w)
        return x.sum()

    for i, j, k in ((0, 0, 0), (2, 3, 1), (1, 2, 0)):
        close(grads[i, j, k], jax.grad(plain, 1)(x[j, k], w[i]))


BOUNDS = [(0, 0), (0, 5), (6, 0), (6, 5), (4, 3), (1, 1)]


def test_idle_parts_are_zero_and_the_rest_is_the_small_network(operations, rng) -> None:
    low, high = (jnp.asarray(b, jnp.int32) for b in zip(*BOUNDS, strict=True))
    lanes = len(BOUNDS)
    x, w, b = random(rng, lanes, 9, 6), random(rng, lanes, 6, 5), random(rng, lanes, 5)
    dy = random(rng, lanes, 9, 5)  # not zero where idle: the operation must not care
    for lane, (i, o) in enumerate(BOUNDS):
        x[lane, :, i:] = w[lane, i:] = 0
        w[lane, :, o:] = b[lane, o:] = 0
    call = jax.vmap(operations.dense)
    y, pull = jax.vjp(lambda *p: call(*p, low, high), *map(jnp.asarray, (x, w, b)))
    dx, dw, db = map(np.asarray, pull(jnp.asarray(dy)))
    for lane, (i, o) in enumerate(BOUNDS):
        small = [a.astype(np.float64) for a in (x[lane, :, :i], w[lane, :i, :o], b[lane, :o])]
        wanted = dense_grads(small[0], small[1], dy[lane, :, :o].astype(np.float64))
        close(y[lane, :, :o], dense(*small) if o else np.zeros((9, 0)))
        close(dx[lane, :, :i], wanted[0])
        close(dw[lane, :i, :o], wanted[1])
        close(db[lane, :o], wanted[2])
        for idle in (y[lane, :, o:], dx[lane, :, i:], dw[lane, i:], dw[lane, :, o:], db[lane, o:]):
            assert not np.any(np.asarray(idle))


def test_a_gradient_nobody_asks_for_is_not_computed(native, rng) -> None:
    x, w = jnp.asarray(random(rng, 4, 3)), jnp.asarray(random(rng, 3, 2))
    grad = jax.jit(jax.grad(lambda w: (kernels.dense(x, w) ** 2).sum()))
    program = grad.lower(w).compile().as_text()
    if kernels.backend() == "native":
        assert "shoal_dense_weight_grad" in program
    assert "shoal_dense_input_grad" not in program


def test_other_types_take_the_plain_operation(rng) -> None:
    x, w = rng.standard_normal((4, 3)), rng.standard_normal((3, 2))
    with jax.enable_x64(True):
        y = kernels.dense(jnp.asarray(x), jnp.asarray(w))
    assert y.dtype == jnp.float64
    np.testing.assert_allclose(y, x @ w, rtol=1e-14)
