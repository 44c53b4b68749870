"""Optimizer steps in place against the optax transformations they stand for."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal.kernels import GradientFactors, UpdateBounds, backend
from shoal.optimizers import SGD, AdamW

pytestmark = pytest.mark.skipif(backend() != "native", reason="needs the compiled extension")

LANES = 5
SHAPES = {"a": {"weight": (3, 2, 7, 20), "bias": (20,)}, "b": {"weight": (11, 4), "bias": (4,)}}

DECAYS = {owner: {"weight": True, "bias": False} for owner in SHAPES}

OPTIMIZERS = {
    "adamw": lambda rate: AdamW(learning_rate=rate, weight_decay=0.1),
    "descend": lambda rate: SGD(learning_rate=rate, weight_decay=0.05),
    "momentum": lambda rate: SGD(learning_rate=rate, momentum=0.9, weight_decay=0.05),
    "nesterov": lambda rate: SGD(learning_rate=rate, momentum=0.9, nesterov=True),
}


def _tree(seed: int):
    rng = np.random.default_rng(seed)
    return {
        owner: {
            name: jnp.asarray(rng.normal(size=(LANES, *shape)).astype(np.float32))
            for name, shape in own.items()
        }
        for owner, own in SHAPES.items()
    }


def _masked(tree, rows, columns):
    """Zeros beyond each lane's rows and columns of the weights of "a"."""
    inside = (np.arange(7) < rows[:, None])[:, None, None, :, None] & (
        np.arange(20) < columns[:, None]
    )[:, None, None, None, :]
    a = {
        "weight": tree["a"]["weight"] * inside.astype(np.float32),
        "bias": tree["a"]["bias"] * (np.arange(20) < columns[:, None]).astype(np.float32),
    }
    return {**tree, "a": a}


def _bounds(go, rows, columns):
    at = {
        "weight": UpdateBounds(jnp.where(go, rows, 0), columns),
        "bias": UpdateBounds(go.astype(jnp.int32), columns),
    }
    whole = {
        "weight": UpdateBounds(jnp.where(go, 11, 0), None),
        "bias": UpdateBounds(go.astype(jnp.int32), None),
    }
    return {"a": at, "b": whole}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_twenty_steps_agree_with_optax(kind):
    make = OPTIMIZERS[kind]
    rates = jnp.asarray([0.1, 0.01, 0.001, 0.5, 0.2], jnp.float32)
    go = jnp.asarray([True, True, False, True, True])
    rows, columns = np.array([7, 3, 5, 0, 1], np.int32), np.array([20, 20, 4, 9, 17], np.int32)

    def fused(rate, params, memory, grads, go, rows, columns):
        return make(rate).step(grads, memory, params, go, _bounds(go, rows, columns), DECAYS)

    def plain(rate, params, memory, grads, go, rows, columns):
        return make(rate).reference_step(grads, memory, params, go, DECAYS)

    params = _masked(_tree(0), rows, columns)
    memory = jax.vmap(lambda r, p: make(r).transformation().init(p))(rates, params)
    found = expected = (params, memory)
    fused, plain = (jax.jit(jax.vmap(step)) for step in (fused, plain))
    for i in range(20):
        grads = _masked(_tree(i + 1), rows, columns)
        found = fused(rates, *found, grads, go, rows, columns)
        expected = plain(rates, *expected, grads, go, rows, columns)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        # optax takes 1 - beta^t as it stands, which costs it the last digits.
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5 if kind == "adamw" else 2e-6)


@pytest.mark.parametrize("beta2", [0.999, 0.9, 0.0])
def test_adamw_follows_its_formula_in_float64(beta2):
    rate, decay, beta1, epsilon = 0.1, 0.05, 0.9, 1e-8
    optimizer = AdamW(rate, decay, beta1, beta2, epsilon)
    params = {"a": {"weight": jnp.linspace(-1, 1, 30, dtype=jnp.float32).reshape(5, 6)}}
    bounds = {"a": {"weight": UpdateBounds(None, None)}}
    memory = optimizer.transformation().init(params)
    w = np.asarray(params["a"]["weight"], np.float64)
    m = v = np.zeros_like(w)
    decays = {"a": {"weight": True}}
    step = jax.jit(lambda p, s, g: optimizer.step(g, s, p, jnp.bool_(True), bounds, decays))
    for t in range(1, 21):
        g = np.random.default_rng(t).normal(size=w.shape).astype(np.float32)
        params, memory = step(params, memory, {"a": {"weight": jnp.asarray(g)}})
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * np.square(g, dtype=float)
        quotient = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        w = w - rate * (quotient + decay * w)
        np.testing.assert_allclose(params["a"]["weight"], w, rtol=1e-5, atol=2e-6)


def test_a_lane_that_does_not_go_is_left_bit_for_bit():
    params = _tree(0)
    make = OPTIMIZERS["adamw"]
    rates = jnp.full(LANES, 0.1)
    memory = jax.vmap(lambda r, p: make(r).transformation().init(p))(rates, params)
    go = jnp.asarray([True, False, True, False, True])

    def step(rate, params, memory, grads, go):
        bounds = _bounds(go, jnp.int32(7), jnp.int32(20))
        return make(rate).step(grads, memory, params, go, bounds, DECAYS)

    after, _ = jax.jit(jax.vmap(step))(rates, params, memory, _tree(1), go)
    for old, new in zip(jax.tree.leaves(params), jax.tree.leaves(after), strict=True):
        np.testing.assert_array_equal(new[1], old[1])
        np.testing.assert_array_equal(new[3], old[3])
        assert not np.array_equal(new[0], old[0])


def test_weights_in_a_loop_are_updated_without_a_copy():
    """The compiled loop over steps copies no array of the size of the weights."""
    size = 257

    def loop(weight, gradients):
        optimizer = SGD(learning_rate=0.1)

        def body(weight, gradient):
            params = {"a": {"weight": weight}}
            bounds = {"a": {"weight": UpdateBounds(None, None)}}
            grads = {"a": {"weight": gradient * weight}}
            memory = optimizer.transformation().init(params)
            decays = {"a": {"weight": True}}
            new, _ = optimizer.step(grads, memory, params, jnp.bool_(True), bounds, decays)
            return new["a"]["weight"], None

        return jax.lax.scan(body, weight, gradients)[0]

    weights = jnp.ones((3, size, size), jnp.float32)
    compiled = jax.jit(jax.vmap(loop), donate_argnums=0).lower(weights, jnp.ones((3, 4))).compile()
    loop_body = compiled.as_text().split("ENTRY")[0]
    copies = [line for line in loop_body.splitlines() if f"f32[3,{size},{size}]" in line
              and " copy(" in line]  # fmt: skip
    assert copies == []


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_gradients_in_factors_are_multiplied_on_the_way(kind):
    rng = np.random.default_rng(0)
    x, dz = (rng.normal(size=(LANES, 13, n)).astype(np.float32) for n in (61, 20))
    rows, columns = np.array([61, 30, 5, 0, 1], np.int32), np.array([20, 20, 4, 9, 17], np.int32)
    dz *= np.arange(20) < columns[:, None, None]
    inside = np.arange(61)[:, None] < rows[:, None, None]
    params = {
        "weight": rng.normal(size=(LANES, 61, 20)).astype(np.float32) * inside,
        "bias": rng.normal(size=(LANES, 20)).astype(np.float32),
    }
    params = {name: a * (np.arange(20) < columns.reshape(-1, *[1] * (a.ndim - 1)))
              for name, a in params.items()}  # fmt: skip
    product = np.einsum("lbi,lbo->lio", x, dz, dtype=np.float64) * inside
    whole = {"weight": product.astype(np.float32), "bias": dz.sum(1)}
    factors = {"weight": GradientFactors(x, dz), "bias": GradientFactors(None, dz)}
    make = OPTIMIZERS[kind]

    def step(params, grads, rows, columns):
        optimizer = make(0.1)
        memory = optimizer.transformation().init({"a": params})
        bounds = {"weight": UpdateBounds(rows, columns), "bias": UpdateBounds(None, columns)}
        go = jnp.bool_(True)
        decays = {"a": DECAYS["a"]}
        return optimizer.step({"a": grads}, memory, {"a": params}, go, {"a": bounds}, decays)

    found = [jax.jit(jax.vmap(step))(params, g, rows, columns) for g in (factors, whole)]
    for one, other in zip(*map(jax.tree.leaves, found), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
