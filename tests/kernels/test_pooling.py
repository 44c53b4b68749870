from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from hypothesis import assume, given
from hypothesis import strategies as st
from kernel_oracle import Geometry, close, out_size, pool, pool_grads, value_and_pull

from shoal import kernels
from shoal.kernels.geometry import windows

FEW = drawn(6)


@st.composite
def pools(draw):
    window = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = tuple(draw(st.tuples(*[st.integers(0, w - 1)] * 2)) for w in window)
    size = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    return size, window, Geometry(stride, padding)


@FEW
@given(case=pools(), channels=st.integers(0, 35), seed=st.integers(0, 2**32 - 1))
def test_both_directions_agree_with_float64(operations, case, channels, seed) -> None:
    size, window, g = case
    out = [out_size(size[a], window[a], a, g) for a in (0, 1)]
    assume(all(out))
    rng = np.random.default_rng(seed)
    # Few values: equal maxima are the rule.
    x = rng.integers(-2, 3, (2, *size, channels)).astype(np.float32)
    dy = rng.standard_normal((2, *out, channels), dtype=np.float32)
    geometry = windows(window, g.stride, g.padding)
    wanted = pool(x.astype(np.float64), window, g)
    wanted_grads = pool_grads(x.astype(np.float64), dy.astype(np.float64), window, g)
    for k, operation in enumerate((operations.max_pool, operations.avg_pool)):
        y, dx = value_and_pull(lambda x, call=operation: call(x, geometry), dy, x)
        close(y, wanted[k])
        close(dx, wanted_grads[k])


def test_lanes_are_more_images(operations, rng) -> None:
    x = rng.standard_normal((3, 2, 4, 4, 5), dtype=np.float32)
    geometry = windows((2, 2), (2, 2), ((0, 0), (0, 0)))
    for operation in (operations.max_pool, operations.avg_pool):
        grad = jax.grad(lambda x, call=operation: (call(x, geometry) ** 2).sum())
        lanes = jax.vmap(grad)(x)
        for lane in range(3):
            np.testing.assert_array_equal(lanes[lane], grad(x[lane]))


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 1)])
def test_a_nan_under_a_window_shows(operations, place) -> None:
    x = np.array([[3.0, 1.0], [2.0, 4.0]], np.float32)
    x[place] = np.nan
    geometry = windows((2, 2), (2, 2), ((0, 0), (0, 0)))
    assert np.isnan(operations.max_pool(jnp.asarray(x[None, :, :, None]), geometry)).all()


def test_the_border_does_not_count_in_the_mean() -> None:
    y = kernels.avg_pool(jnp.ones((1, 3, 3, 1)), (3, 3), (1, 1), ((1, 1), (1, 1)))
    np.testing.assert_allclose(y, np.ones((1, 3, 3, 1)), rtol=1e-6)
