"""Dropout: what its noise is worth, and on what it depends."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import Choice, Conv, Dense, Dropout, Float, Sequential
from shoal.nn import Context, Widths, ranks_of
from shoal.nn.forward import forward

KEY = jnp.asarray([11, 5], jnp.uint32)


def noise(x, key=KEY, rate=0.3, **context):
    return Dropout(rate).apply({}, x, context=Context(training=True, key=key, **context))


def within(share, expected, count):
    """Whether an observed share of count draws is within five standard deviations."""
    return abs(share - expected) < 5 * math.sqrt(expected * (1 - expected) / count)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.9])
def test_a_share_of_units_is_off_and_the_mean_is_kept(rate):
    h = np.asarray(noise(jnp.ones((500, 200)), rate=rate))
    assert within((h == 0).mean(), rate, h.size)
    np.testing.assert_allclose(h[h != 0], 1 / (1 - rate), rtol=1e-6)
    assert h.mean() == pytest.approx(1, abs=5 * math.sqrt(rate / (1 - rate) / h.size))


def test_each_unit_and_each_example_is_off_as_often_as_any_other():
    off = np.asarray(noise(jnp.ones((400, 300)))) == 0
    assert all(within(share, 0.3, 400) for share in off.mean(axis=0))
    assert all(within(share, 0.3, 300) for share in off.mean(axis=1))


def test_neighbors_are_independent():
    off = np.asarray(noise(jnp.ones((400, 300)), rate=0.5)) == 0
    for a, b in [
        (off[:, 1:], off[:, :-1]), (off[1:], off[:-1]), (off[1:, 1:], off[:-1, :-1]),
        (off, np.asarray(noise(jnp.ones((400, 300)), KEY + jnp.uint32(1), 0.5)) == 0),
        (off, np.asarray(noise(jnp.ones((400, 300)), KEY ^ jnp.uint32([0, 1]), 0.5)) == 0),
    ]:  # fmt: skip
        assert within((a == b).mean(), 0.5, a.size)


def test_the_key_alone_decides():
    x = jnp.ones((20, 30))
    np.testing.assert_array_equal(noise(x), noise(x))
    for other in ([12, 5], [11, 6], [5, 11]):
        assert (noise(x) != noise(x, jnp.asarray(other, jnp.uint32))).any()


def test_a_bounded_number_of_draws_differ_when_the_rate_differs_a_little():
    # Common random numbers: the units that a rate switches off, a higher one does too.
    x = jnp.ones((50, 40))
    lower, higher = np.asarray(noise(x, rate=0.3)), np.asarray(noise(x, rate=0.4))
    assert ((lower == 0) <= (higher == 0)).all()


def test_nothing_is_off_when_predicting_or_at_rate_zero():
    x = jnp.asarray(np.random.default_rng(0).normal(size=(4, 5)), jnp.float32)
    np.testing.assert_array_equal(Dropout(0.9).apply({}, x, context=Context(training=False)), x)
    np.testing.assert_array_equal(noise(x, rate=0.0), x)
    np.testing.assert_array_equal(noise(x, rate=jnp.float32(0.0)), x)


def test_a_traced_rate_does_as_a_plain_one():
    x = jnp.ones((30, 20))
    traced = jax.jit(lambda rate: noise(x, rate=rate))(jnp.float32(0.3))
    np.testing.assert_allclose(traced, noise(x), rtol=1e-6)


def test_a_masked_lane_draws_what_the_small_network_draws():
    mask = np.array([1, 1, 0, 0, 1, 0, 1, 1], bool)
    kept = np.flatnonzero(mask)
    for shape in [(6,), (3, 2, 2)]:
        wide = jnp.ones((*shape, 8)) * jnp.broadcast_to(jnp.asarray(mask, jnp.float32), (*shape, 8))
        h = noise(wide, ranks=jnp.asarray(ranks_of(mask)), mask=jnp.asarray(mask, jnp.float32))
        small = noise(jnp.ones((*shape, 5)))
        np.testing.assert_array_equal(np.asarray(h)[..., kept], small)
        assert not np.asarray(h)[..., ~mask].any()


def test_two_dropouts_of_a_network_draw_differently():
    network = Sequential(Dropout(0.5), Dropout(0.5), input_shape=(200,))
    x = jnp.ones((50, 200))
    h = np.asarray(forward(network, {}, x, training=True, key=KEY))
    # Had both drawn the same noise, half would be left and not a quarter.
    assert within((h != 0).mean(), 0.25, h.size)
    first = forward(network, {}, x, training=True, key=KEY, end="dropout_1", widths=Widths())
    assert (np.asarray(first)[h != 0] == 2).all()


def test_a_batch_of_one_network_is_no_part_of_anothers():
    x = jnp.ones((10, 20))
    np.testing.assert_array_equal(noise(x)[:4], noise(x[:4]))


def test_a_layer_that_may_drop_needs_no_key_to_predict():
    network = Sequential(Conv(2), Dropout(0.5), input_shape=(3, 3, 1))
    params = {"conv_1": {"weight": jnp.ones((3, 3, 1, 2)), "bias": jnp.zeros(2)}}
    assert forward(network, params, jnp.ones((1, 3, 3, 1))).shape == (1, 3, 3, 2)


def test_ranges_of_rates():
    assert Sequential(Dense(3), Dropout(Float(0.0, 0.5)), Dropout(Choice(0.1, 0.2))).is_family()
