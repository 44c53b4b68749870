"""The convolution of an enlarged map: values, gradients and bits of lanes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal.kernels.conv_upsampled import conv_upsampled
from shoal.kernels.geometry import windows
from shoal.kernels.xla.conv import conv as plain

pytestmark = pytest.mark.usefixtures("native")

LANES, CHANNELS, FILTERS = 3, 20, 9
USED = ((20, 9), (11, 4), (3, 9))
PADS = {"same": ((1, 1), (1, 1)), "uneven": ((0, 2), (2, 1))}


def numbers(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def both(form):
    """What a lane computes, and its gradients."""

    def lane(x, weight, low, high):
        y, back = jax.vjp(lambda x, weight: form(x, weight, low, high), x, weight)
        return y, *back(
            jnp.where(jnp.broadcast_to(jnp.arange(y.shape[-1]) < high, y.shape), jnp.cos(y), 0)
        )

    return lane


def native(pads):
    return both(
        lambda x, w, low, high: conv_upsampled(x, w, padding=pads, active_in=low, active_out=high)
    )


def by_hand(pads):
    def form(x, weight, low, high):
        u = jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)
        how = windows(weight.shape[:2], (1, 1), pads)
        return plain(u, weight, None, how, low, high)

    return both(form)


@pytest.fixture(scope="module")
def operands():
    low, high = (np.asarray(bounds, np.int32) for bounds in zip(*USED, strict=True))
    x = (
        numbers(LANES, 4, 5, 7, CHANNELS)
        * (np.arange(CHANNELS) < low[:, None])[:, None, None, None]
    )
    return x, numbers(LANES, 3, 3, CHANNELS, FILTERS), low, high


@pytest.mark.parametrize("pads", PADS.values(), ids=list(PADS))
def test_it_is_the_convolution_of_the_enlarged_map(operands, pads):
    found = jax.jit(jax.vmap(native(pads)))(*operands)
    wanted = jax.jit(jax.vmap(by_hand(pads)))(*operands)
    for one, other in zip(found, wanted, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-4)


def test_a_lane_alone_and_as_wide_as_it_is_has_the_same_bits(operands):
    together = jax.jit(jax.vmap(native(PADS["same"])))(*operands)
    x, weight, *_ = (leaf[1] for leaf in operands)
    low, high = USED[1]
    alone = jax.jit(native(PADS["same"]))(
        x[..., :low], weight[:, :, :low, :high], np.int32(low), np.int32(high)
    )
    y, dx, dw = (np.asarray(leaf[1]) for leaf in together)
    for one, other in zip(
        (y[..., :high], dx[..., :low], dw[:, :, :low, :high]), alone, strict=True
    ):
        np.testing.assert_array_equal(one, other)
