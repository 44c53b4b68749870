from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from hypothesis import assume, given
from hypothesis import strategies as st
from kernel_oracle import Geometry, close, conv, conv_grads, out_size, value_and_pull

from shoal import kernels
from shoal.kernels.ffi.conv import conv as on_the_extension
from shoal.kernels.geometry import windows

FEW = drawn(6)


def random(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape, dtype=np.float32)


def check(operations, rng, size, channels, filters, window, g: Geometry, batch=2) -> None:
    """All directions of one convolution against float64."""
    out = (out_size(size[0], window[0], 0, g), out_size(size[1], window[1], 1, g))
    x = random(rng, batch, *size, channels)
    w, b = random(rng, *window, channels // g.groups, filters), random(rng, filters)
    dy = random(rng, batch, *out, filters)
    geometry = windows(window, *g)
    y, *grads = value_and_pull(lambda *p: operations.conv(*p, geometry, None, None), dy, x, w, b)
    x, w, b, dy = (a.astype(np.float64) for a in (x, w, b, dy))
    close(y, conv(x, w, b, g))
    for actual, wanted in zip(grads, conv_grads(x, w, dy, g), strict=True):
        close(actual, wanted)


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
pads = st.tuples(st.integers(0, 4), st.integers(0, 4))


@FEW
@given(
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    channels=st.integers(0, 9),
    filters=st.integers(0, 40),
    window=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=pairs,
    dilation=pairs,
    padding=st.tuples(pads, pads),
    groups=st.sampled_from([1, 1, 1, 2, 3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_all_directions_agree_with_float64(
    operations, size, channels, filters, window, stride, dilation, padding, groups, seed
) -> None:
    g = Geometry(stride, padding, dilation, groups)
    assume(all(out_size(size[a], window[a], a, g) > 0 for a in (0, 1)))
    rng = np.random.default_rng(seed)
    check(operations, rng, size, channels * groups, filters * groups, window, g)


@pytest.mark.parametrize(
    ("size", "channels", "filters", "window", "g"),
    [
        pytest.param((1, 20), 3, 5, (1, 4), Geometry(padding=((0, 0), (2, 1))), id="1-D"),
        pytest.param((3, 2), 2, 3, (3, 3), Geometry(padding=((70, 0), (0, 90))), id="huge padding"),
        pytest.param((9, 9), 4, 17, (1, 1), Geometry(stride=(4, 3)), id="stride beyond the window"),
        pytest.param(
            (8, 8), 6, 6, (3, 3), Geometry(groups=6, padding=((1, 1), (1, 1))), id="depthwise"
        ),
        pytest.param(
            (30, 40), 64, 3, (3, 3), Geometry(padding=((1, 1), (1, 1))), id="panels in blocks"
        ),
        pytest.param((5, 5), 1, 8, (5, 5), Geometry(), id="one window"),
        pytest.param((13, 18), 70, 65, (3, 3), Geometry(padding=((1, 1), (0, 2))), id="by tiles"),
        pytest.param(
            (61, 40), 64, 40, (3, 3), Geometry(padding=((1, 1), (1, 1))), id="tiles in blocks"
        ),
        pytest.param((9, 9), 2, 2, (3, 3), Geometry(dilation=(4, 4)), id="dilation to the border"),
    ],
)
def test_odd_geometries(operations, rng, size, channels, filters, window, g) -> None:
    check(operations, rng, size, channels, filters, window, g)


def test_no_image(operations, rng) -> None:
    check(operations, rng, (4, 4), 2, 3, (3, 3), Geometry(), batch=0)


def test_one_row_more_padding_behind_than_before(operations, rng) -> None:
    check(operations, rng, (6, 6), 3, 4, (2, 2), Geometry(padding=((0, 1), (0, 1))))


@pytest.mark.parametrize("groups", [1, 2])
def test_idle_channels_and_filters(operations, rng, groups) -> None:
    channels, filters, lanes = 6, 8, 4
    low, high = np.array([6, 4, 0, 5], np.int32), np.array([8, 3, 8, 0], np.int32)
    g = Geometry(padding=((1, 1), (0, 1)), groups=groups)
    x = random(rng, lanes, 2, 5, 6, channels)
    w, b = random(rng, lanes, 3, 2, channels // groups, filters), random(rng, lanes, filters)
    dy = random(rng, lanes, 2, 5, 6, filters)
    for lane in range(lanes):
        x[lane, ..., low[lane] :] = 0
        w[lane, ..., high[lane] :] = b[lane, high[lane] :] = 0
        if groups == 1:
            w[lane, :, :, low[lane] :] = 0
    geometry = windows((3, 2), *g)
    call = jax.vmap(lambda x, w, b, i, o: operations.conv(x, w, b, geometry, i, o))
    y, pull = jax.vjp(
        lambda *p: call(*p, jnp.asarray(low), jnp.asarray(high)), *map(jnp.asarray, (x, w, b))
    )
    dx, dw, db = pull(jnp.asarray(dy))
    for lane in range(lanes):
        one = [a[lane].astype(np.float64) for a in (x, w, b, dy)]
        one[3][..., high[lane] :] = 0
        wanted = conv_grads(one[0], one[1], one[3], g)
        wanted[0][..., low[lane] :] = 0
        if high[lane]:
            close(y[lane], conv(*one[:3], g))
        assert not np.any(np.asarray(y[lane, ..., high[lane] :]))
        close(dx[lane], wanted[0])
        close(dw[lane], wanted[1])
        close(db[lane], wanted[2])


def test_a_lane_by_tiles_is_the_narrow_convolution_alone(native, rng) -> None:
    """Whether by tiles is decided by what a lane uses: the same bits as alone."""
    low, high = [64, 80, 16], [60, 72, 8]  # by tiles, by tiles, and not
    x, w, b = random(rng, 3, 2, 14, 13, 80), random(rng, 3, 3, 3, 80, 72), random(rng, 3, 72)
    dy = random(rng, 3, 2, 14, 13, 72)
    geometry = windows((3, 3), *Geometry(padding=((1, 1), (1, 1))))
    for lane, (channels, filters) in enumerate(zip(low, high, strict=True)):
        x[lane, ..., channels:] = w[lane, :, :, channels:] = w[lane, ..., filters:] = 0
        b[lane, filters:] = dy[lane, ..., filters:] = 0

    def both(x, w, b, dy, active_in, active_out):
        def call(x, w):
            return on_the_extension(x, w, b, geometry, active_in, active_out)

        y, pull = jax.vjp(call, x, w)
        return y, pull(dy)[0]

    y, dx = jax.jit(jax.vmap(both))(x, w, b, dy, np.int32(low), np.int32(high))
    for lane, (c, f) in enumerate(zip(low, high, strict=True)):
        narrow = x[lane, ..., :c], w[lane, :, :, :c, :f], b[lane, :f], dy[lane, ..., :f]
        alone = jax.jit(both)(*narrow, np.int32(c), np.int32(f))
        np.testing.assert_array_equal(y[lane, ..., :f], alone[0])
        np.testing.assert_array_equal(dx[lane, ..., :c], alone[1])


@pytest.mark.parametrize("shared", ["x", "weight"])
def test_lanes_share_what_they_share(operations, rng, shared) -> None:
    x = random(rng, 2, 6, 6, 3) if shared == "x" else random(rng, 4, 2, 6, 6, 3)
    w = random(rng, 3, 3, 3, 5) if shared == "weight" else random(rng, 4, 3, 3, 3, 5)
    geometry = windows((3, 3), *Geometry())
    axes = (None, 0) if shared == "x" else (0, None)

    def loss(x, w):
        return (operations.conv(x, w, None, geometry, None, None) ** 2).sum()

    dx, dw = jax.grad(lambda x, w: jax.vmap(loss, axes)(x, w).sum(), (0, 1))(x, w)
    wanted = [np.zeros(x.shape), np.zeros(w.shape)]
    for lane in range(4):
        one = [x if shared == "x" else x[lane], w if shared == "weight" else w[lane]]
        one = [a.astype(np.float64) for a in one]
        y = conv(*one, np.zeros(5), Geometry())
        grads = conv_grads(*one, 2 * y, Geometry())
        for total, grad, is_shared in zip(
            wanted, grads, [shared == "x", shared == "weight"], strict=False
        ):
            if is_shared:
                total += grad
            else:
                total[lane] += grad
    close(dx, wanted[0])
    close(dw, wanted[1])


def test_inside_scan_and_vmap(operations, rng) -> None:
    x, w = random(rng, 3, 2, 5, 5, 4), random(rng, 3, 3, 3, 4, 4)
    g = Geometry(padding=((1, 1), (1, 1)))
    geometry = windows((3, 3), *g)

    def walk(x, w):
        def step(h, _):
            return operations.conv(h, w, None, geometry, None, None) * 0.1, None

        return jax.lax.scan(step, x, None, length=2)[0].sum()

    grads = jax.jit(jax.vmap(jax.grad(walk, 1)))(jnp.asarray(x), jnp.asarray(w))
    for lane in range(3):
        one, weight = x[lane].astype(np.float64), w[lane].astype(np.float64)
        middle = 0.1 * conv(one, weight, np.zeros(4), g)
        up, last, _ = conv_grads(middle, weight, np.full(middle.shape, 0.1), g)
        close(grads[lane], last + conv_grads(one, weight, 0.1 * up, g)[1])


def test_public_operation_takes_sequences(rng) -> None:
    x, w = random(rng, 2, 6, 6, 3), random(rng, 3, 3, 3, 5)
    y = kernels.conv(jnp.asarray(x), jnp.asarray(w), stride=[2, 2], padding=[(1, 1), (1, 1)])
    g = Geometry(stride=(2, 2), padding=((1, 1), (1, 1)))
    close(y, conv(x.astype(np.float64), w.astype(np.float64), np.zeros(5), g))


@FEW
@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    window=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=pairs,
    dilation=pairs,
    padding=st.tuples(pads, pads),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_transposed_convolution_is_the_adjoint(
    operations, size, window, stride, dilation, padding, seed
) -> None:
    """Its value is the convolution's gradient, and its gradients the convolution itself."""
    g = Geometry(stride, padding, dilation, 1)
    out = (out_size(size[0], window[0], 0, g), out_size(size[1], window[1], 1, g))
    assume(min(out) > 0)
    rng = np.random.default_rng(seed)
    x, w, dy = random(rng, 2, *out, 5), random(rng, *window, 3, 5), random(rng, 2, *size, 3)
    geometry = windows(window, *g)
    y, dx, dw = value_and_pull(
        lambda x, w: operations.conv_transpose(x, w, geometry, size, None, None), dy, x, w
    )
    x, w, dy = (a.astype(np.float64) for a in (x, w, dy))
    down, dw_down, _ = conv_grads(dy, w, x, g)
    close(y, down)
    close(dx, conv(dy, w, np.zeros(5), g))
    close(dw, dw_down)


def test_one_and_three_directions_are_sums_over_planes(rng) -> None:
    """A volume by hand: each output sees its box; a line is a plane of unit height."""
    x, w = random(rng, 2, 5, 4, 6, 3), random(rng, 2, 3, 2, 3, 4)
    pads = ((1, 0), (1, 1), (0, 2))
    y = kernels.conv(
        jnp.asarray(x), jnp.asarray(w), stride=(2, 1, 2), dilation=(2, 1, 1), padding=pads
    )
    padded = np.pad(x.astype(np.float64), ((0, 0), *pads, (0, 0)))
    expected = np.zeros(y.shape)
    for at in np.ndindex(*y.shape[1:-1]):
        first = np.array(at) * (2, 1, 2)
        for tap in np.ndindex(2, 3, 2):
            d, h, c = first + np.array(tap) * (2, 1, 1)
            expected[:, *at] += padded[:, d, h, c] @ w[tap].astype(np.float64)
    close(y, expected)
    line = kernels.conv(jnp.asarray(x[:, 0, 0]), jnp.asarray(w[0, 0]), stride=(2,))
    plane = kernels.conv(jnp.asarray(x[:, 0, :1]), jnp.asarray(w[0, :1]), stride=(1, 2))
    np.testing.assert_array_equal(line, plane[:, 0])
