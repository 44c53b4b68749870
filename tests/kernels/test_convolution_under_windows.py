"""A convolution under windows is the three operations one after another, bit for bit
where they sum in one order, and to rounding where a single channel has its own."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from hypothesis import assume, given
from hypothesis import strategies as st
from kernel_oracle import Geometry, close, out_size

from shoal import kernels

FEW = drawn(5)


def fused(x, w, b, g: Geometry, window, rectified, **active):
    return kernels.conv_max(x, w, b, window=window, rectified=rectified, **g._asdict(), **active)


def one_by_one(x, w, b, g: Geometry, window, rectified, **active):
    maps = kernels.conv(x, w, b, **g._asdict(), **active)
    maxima = kernels.max_pool(maps, window, window)
    return jax.nn.relu(maxima) if rectified else maxima


def value_and_grads(call, dy, *operands):
    y, pull = jax.vjp(call, *operands)
    return [y, *pull(dy)]


def both(x, w, b, dy, *how, **active):
    """Values and gradients of both forms."""
    return [
        jax.jit(lambda *o, form=form: value_and_grads(lambda *p: form(*p, *how, **active), *o))(
            dy, x, w, b
        )
        for form in (fused, one_by_one)
    ]


def operands(seed, size, channels, filters, kernel, g: Geometry, window, batch=3):
    rng = np.random.default_rng(seed)
    out = [out_size(size[a], kernel[a], a, g) // window[a] for a in (0, 1)]
    shapes = (
        (batch, *size, channels),
        (*kernel, channels // g.groups, filters),
        (filters,),
        (batch, *out, filters),
    )
    return [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


@FEW
@given(
    size=st.tuples(st.integers(2, 13), st.integers(2, 13)),
    channels=st.integers(0, 5),
    filters=st.integers(0, 20),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    padding=st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 2),
    groups=st.sampled_from([1, 1, 2]),
    window=st.tuples(st.integers(1, 4), st.integers(1, 3)),
    rectified=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_agrees_with_its_parts(
    size, channels, filters, kernel, stride, padding, groups, window, rectified, seed
) -> None:
    g = Geometry(stride, padding, (1, 1), groups)
    assume(all(out_size(size[a], kernel[a], a, g) >= window[a] for a in (0, 1)))
    x, w, b, dy = operands(seed, size, channels * groups, filters * groups, kernel, g, window)
    for actual, wanted in zip(*both(x, w, b, dy, g, window, rectified), strict=True):
        close(actual, wanted)


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("side", [3, 5])
@pytest.mark.parametrize("filters", [1, 4, 7, 8, 13, 16, 20, 33])
def test_one_channel(side, filters, rectified) -> None:
    g = Geometry(padding=((side // 2, side // 2),) * 2)
    x, w, b, dy = operands(filters, (11, 8), 1, filters, (side, side), g, (2, 2))
    for actual, wanted in zip(*both(x, w, b, dy, g, (2, 2), rectified), strict=True):
        close(actual, wanted)


@pytest.mark.parametrize("channels", [1, 3])
def test_lanes_with_idle_channels_and_filters(channels) -> None:
    lanes, filters, g, window = 4, 18, Geometry(padding=((1, 1), (1, 1))), (2, 2)
    rng = np.random.default_rng(7)
    low = np.array([channels, channels, 0, channels], np.int32)
    high = np.array([18, 5, 16, 0], np.int32)
    stacked = [
        np.stack(parts)
        for parts in zip(
            *(operands(n, (8, 6), channels, filters, (3, 3), g, window) for n in range(lanes)),
            strict=True,
        )
    ]
    x, w, b, dy = stacked
    for lane in range(lanes):
        x[lane, ..., low[lane] :] = 0
        w[lane, :, :, low[lane] :] = w[lane, ..., high[lane] :] = b[lane, high[lane] :] = 0

    def on_lanes(form):
        def one(x, w, b, dy, i, o):
            active = {"active_in": i, "active_out": o}
            return value_and_grads(lambda *p: form(*p, g, window, True, **active), dy, x, w, b)

        return jax.jit(jax.vmap(one))(x, w, b, dy, jnp.asarray(low), jnp.asarray(high))

    together = on_lanes(fused)
    for actual, wanted in zip(together, on_lanes(one_by_one), strict=True):
        close(actual, wanted)
    order = rng.permutation(lanes)
    x, w, b, dy, low, high = (a[order] for a in (x, w, b, dy, low, high))
    for here, there in zip(together, on_lanes(fused), strict=True):
        np.testing.assert_array_equal(np.asarray(here)[order], np.asarray(there))


def test_equal_maxima_and_zeros_and_nan() -> None:
    """The first of equals takes the gradient; at 0 it is cut off; NaN stays visible."""
    x = np.array([[3.0, 3.0, -1.0, 0.0], [3.0, 1.0, 0.0, -2.0]], np.float32)[None, :, :, None]
    w, b = np.ones((1, 1, 1, 1), np.float32), np.zeros(1, np.float32)

    def total(x):
        return kernels.conv_max(x, w, b, window=(2, 2), rectified=True).sum()

    gradient = np.asarray(jax.grad(total)(x))[0, :, :, 0]
    np.testing.assert_array_equal(gradient, [[1, 0, 0, 0], [0, 0, 0, 0]])
    assert np.isnan(total(np.where(x == 1.0, np.float32("nan"), x)))
