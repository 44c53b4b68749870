"""Batch normalization: the extension, the XLA lowering and plain numbers say the same."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal.kernels.ffi import batch_norm as native
from shoal.kernels.geometry import NOTHING, AfterNorm
from shoal.kernels.xla import batch_norm as plain

pytestmark = pytest.mark.usefixtures("native")

LANES, EXAMPLES, EACH, COLUMNS = 5, 7, 450, 37
"""More rows than a segment of sums has, and columns that are no whole vectors."""

USED = (37, 16, 9, 1, 0)


@pytest.fixture(scope="module")
def operands():
    rng = np.random.default_rng(7)
    rows = EXAMPLES * EACH
    x, dy = rng.normal(size=(2, LANES, rows, COLUMNS)).astype(np.float32)
    scale, shift = rng.normal(size=(2, LANES, COLUMNS)).astype(np.float32)
    weight = np.ones((LANES, EXAMPLES), np.float32)
    weight[0, 5:], weight[1, :2], weight[2, 3] = 0, 0, 0
    epsilon = rng.uniform(1e-5, 1e-2, LANES).astype(np.float32)
    active = np.asarray(USED, np.int32)
    inside = np.arange(COLUMNS) < active[:, None]
    x = x * 3 + 1
    return (
        *(x * inside[:, None], dy * inside[:, None], weight),
        *(scale * inside, shift * inside, epsilon, active),
    )


def both(call, after=NOTHING):
    """What a lane computes, and its gradients; of windows, dy's first rows are the maxima's."""

    def lane(x, dy, weight, scale, shift, epsilon, active):
        def forward(x, scale, shift):
            y, *moments = call(x, weight, scale, shift, epsilon, active, after)
            return y, moments

        y, back, moments = jax.vjp(forward, x, scale, shift, has_aux=True)
        return y, *moments, *back(dy[: len(y)])

    return lane


@pytest.fixture(scope="module")
def together(operands):
    return jax.jit(jax.vmap(both(native.batch_norm)))(*operands)


def test_the_extension_and_xla_agree(operands, together):
    expected = jax.jit(jax.vmap(both(plain.batch_norm)))(*operands)
    for found, wanted in zip(together, expected, strict=True):
        # Sums over thousands of numbers in another order.
        np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-4)


def test_values_and_gradients_in_double_precision(operands, together):
    x, dy, weight, scale, _, epsilon, _ = (np.asarray(leaf, np.float64) for leaf in operands)
    for lane, used in enumerate(USED):
        own = np.repeat(weight[lane], EACH)[:, None]
        count = own.sum()
        mean = (x[lane] * own).sum(axis=0) / count
        apart = x[lane] - mean
        variance = (np.square(apart) * own).sum(axis=0) / count
        slope = 1 / np.sqrt(variance + epsilon[lane])
        product = (dy[lane] * apart).sum(axis=0)
        rest = (dy[lane].sum(axis=0) + apart * slope**2 * product) / count
        dx = slope * scale[lane] * (dy[lane] - own * rest)
        found = [np.asarray(leaf[lane]) for leaf in together]
        for at, wanted in {1: mean, 2: variance, 3: dx, 4: product * slope}.items():
            np.testing.assert_allclose(
                found[at][..., :used], wanted[..., :used], rtol=3e-6, atol=1e-5
            )
            assert not found[at][..., used:].any()


def test_a_lane_alone_and_as_wide_as_it_is_has_the_same_bits(operands, together):
    call = jax.jit(both(native.batch_norm))
    for lane in (0, 2):
        used = USED[lane]
        x, dy, weight, scale, shift, epsilon, _ = (leaf[lane] for leaf in operands)
        alone = call(
            x[:, :used], dy[:, :used], weight, scale[:used], shift[:used], epsilon, np.int32(used)
        )
        for found, wanted in zip(together, alone, strict=True):
            np.testing.assert_array_equal(np.asarray(found[lane])[..., :used], wanted)


def test_a_column_far_from_zero_keeps_its_variance():
    """The first row is far from the others: no single number that is taken off would do."""
    x = 100 + 0.1 * np.random.default_rng(3).normal(size=(5000, 3))
    x[:, 1] += 1000
    x[0] = 0
    x = x.astype(np.float32)
    weight = np.ones(5000, np.float32)
    weight[0] = 0
    one, none = np.ones(3, np.float32), np.zeros(3, np.float32)
    y, mean, variance = native.batch_norm(x, weight, one, none, jnp.float32(1e-12), None, NOTHING)
    exact = x[1:].astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean(axis=0), rtol=1e-7)
    np.testing.assert_allclose(variance, exact.var(axis=0), rtol=1e-5)
    wanted = (exact - np.asarray(mean, np.float64)) / exact.std(axis=0)
    np.testing.assert_allclose(y[1:], wanted, rtol=1e-4, atol=1e-5)


def test_where_nothing_counts_there_is_nothing_but_the_shift():
    x = np.full((6, 4), 2.0, np.float32)
    found = native.batch_norm(
        x, np.zeros(3, np.float32), np.ones(4, np.float32), np.full(4, 0.5, np.float32),
        jnp.float32(1.0), None, NOTHING,
    )  # fmt: skip
    for result, wanted in zip(found, (2.5, 0.0, 0.0), strict=True):
        np.testing.assert_array_equal(result, np.full(result.shape, wanted, np.float32))


AFTERS = {
    "rectified": AfterNorm(rectified=True),
    "pooled": AfterNorm(window=(3, 2), across=30),
    "pooled and rectified": AfterNorm(rectified=True, window=(3, 2), across=30),
    "in squares": AfterNorm(rectified=True, window=(2, 2), across=18),
}
"""Maps of 15 x 30 and 25 x 18 pixels; the latter's last row fills no window of 2 x 2."""


@pytest.mark.parametrize("after", AFTERS.values(), ids=list(AFTERS))
def test_what_comes_after_it_is_part_of_it(operands, after):
    x, dy, weight, *columns = operands
    used = EACH - EACH % after.band
    rows = [leaf.reshape(LANES, EXAMPLES, EACH, COLUMNS)[:, :, :used] for leaf in (x, dy)]
    operands = (*(leaf.reshape(LANES, -1, COLUMNS) for leaf in rows), weight, *columns)
    found, wanted = (
        jax.jit(jax.vmap(both(form.batch_norm, after)))(*operands) for form in (native, plain)
    )
    assert found[0].shape == (LANES, EXAMPLES * used // after.places, COLUMNS)
    # A value that is nearly 0, or nearly as large as its neighbor, may go either way.
    for one, other in zip(found, wanted, strict=True):
        apart = ~np.isclose(one, other, rtol=2e-5, atol=4e-4)
        assert apart.mean() < (1e-4 if one.ndim == 3 else 1e-12)


@pytest.mark.parametrize("after", AFTERS.values(), ids=list(AFTERS))
def test_what_comes_after_it_in_a_lane_alone(operands, after):
    """Maps with few pixels, so that values and winners are the same bits in narrow lanes."""
    x, dy, weight, scale, shift, epsilon, _ = (leaf[1] for leaf in operands)
    rows = 2 * after.band
    alone, among = (
        jax.jit(both(native.batch_norm, after))(
            *(leaf[: rows * EXAMPLES, :width] for leaf in (x, dy)), weight,
            scale[:width], shift[:width], epsilon, np.int32(USED[1]),
        )
        for width in (USED[1], COLUMNS)
    )  # fmt: skip
    for one, other in zip(alone, among, strict=True):
        np.testing.assert_array_equal(one, np.asarray(other)[..., : USED[1]])
        assert not np.asarray(other)[..., USED[1] :].any()
