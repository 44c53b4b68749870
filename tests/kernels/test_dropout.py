"""Dropout: the extension and the XLA lowering draw the same zeros, whatever the lanes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.kernels import backend, uniform
from shoal.kernels.ffi import dropout as native
from shoal.kernels.xla import dropout as plain

pytestmark = pytest.mark.skipif(backend() != "native", reason="needs the compiled extension")


def _inputs(seed: int, lanes: int, rows: int, columns: int):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(lanes, rows, columns)).astype(np.float32)
    rate = rng.uniform(0, 0.95, lanes).astype(np.float32)
    key = rng.integers(0, 2**32, (lanes, 2), dtype=np.uint32)
    ranks = np.stack([rng.permutation(columns) for _ in range(lanes)]).astype(np.int32)
    active = rng.integers(0, columns + 1, lanes).astype(np.int32)
    x *= np.arange(columns) < active[:, None, None]
    return tuple(map(jnp.asarray, (x, rate, key, ranks, active)))


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(0, 9), st.integers(0, 40))
def test_both_implementations_agree_bit_for_bit(seed, lanes, rows, columns):
    inputs = _inputs(seed, lanes, rows, columns)
    expected = jax.jit(jax.vmap(plain.dropout))(*inputs)
    np.testing.assert_array_equal(jax.vmap(native.dropout)(*inputs), expected)


def test_a_lane_alone_and_among_others_is_the_same():
    inputs = _inputs(3, 6, 50, 70)
    together = jax.jit(jax.vmap(native.dropout))(*inputs)
    for lane in range(6):
        alone = native.dropout(*(leaf[lane] for leaf in inputs))
        np.testing.assert_array_equal(together[lane], alone)


def test_the_gradient_takes_the_same_zeros():
    x, rate, key, ranks, _ = _inputs(4, 3, 8, 20)
    active = jnp.full(3, 20, jnp.int32)

    def total(call, x):
        return jnp.sum(jnp.square(jax.vmap(call)(x, rate, key, ranks, active)))

    found, expected = (jax.grad(lambda x, c=c: total(c.dropout, x))(x) for c in (native, plain))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_zeros_are_where_the_noise_says():
    x, rate, key, ranks, _ = (leaf[0] for leaf in _inputs(5, 1, 30, 33))
    y = native.dropout(jnp.ones_like(x), rate, key, ranks, None)
    kept = np.asarray(uniform(key, 30, ranks)) < 1 - np.float32(rate)
    np.testing.assert_array_equal(np.asarray(y) > 0, kept)
    np.testing.assert_allclose(np.asarray(y)[kept], 1 / (1 - rate), rtol=1e-6)
