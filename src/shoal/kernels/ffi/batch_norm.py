"""Batch normalization through the extension.

The rows are looked at twice on the way forward, and twice on the way back: once for the sums, in
segments of fixed size, and once for what is made of them.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.ffi.call import bound, lane_count, native
from shoal.kernels.lanes import for_one_network

SEGMENT = 2048
"""Rows whose sums are taken together, as in `native/src/batch_norm.h`."""

Kept = tuple[Array, ...]


def _sums(x: Array, lanes: int) -> tuple[tuple[int, ...], ...]:
    """The shapes of two sums of each segment and column."""
    segments = max(1, -(-x.shape[1] // SEGMENT))
    return ((lanes, segments, x.shape[2]),) * 2


@for_one_network(2, 1, 1, 1, 0, 0)
def _forward(
    x: Array, weight: Array, scale: Array, shift: Array, epsilon: Array, active: Array
) -> tuple[Array, ...]:
    lanes = lane_count(x, weight, scale, shift, epsilon, active)
    moments = native("batch_norm_moments", (x, weight, active), _sums(x, lanes))
    operands = (x, weight, *moments, scale, shift, epsilon, active)
    column = (lanes, x.shape[2])
    return native("batch_norm_apply", operands, ((lanes, *x.shape[1:]), column, column))


@for_one_network(2, 2, 1, 1, 1, 1, 0, 0)
def _backward(
    x: Array,
    dy: Array,
    weight: Array,
    mean: Array,
    variance: Array,
    scale: Array,
    epsilon: Array,
    active: Array,
) -> tuple[Array, ...]:
    lanes = lane_count(x, dy, weight, mean, variance, scale, epsilon, active)
    sums = native("batch_norm_sums", (x, dy, mean, active), _sums(x, lanes))
    operands = (x, dy, weight, *sums, mean, variance, scale, epsilon, active)
    column = (lanes, x.shape[2])
    return native("batch_norm_grad", operands, ((lanes, *x.shape[1:]), column, column))


@jax.custom_vjp
def _batch_norm(
    x: Array, weight: Array, scale: Array, shift: Array, epsilon: Array, active: Array
) -> tuple[Array, ...]:
    return _forward(x, weight, scale, shift, epsilon, active)


def _fwd(
    x: Array, weight: Array, scale: Array, shift: Array, epsilon: Array, active: Array
) -> tuple[tuple[Array, ...], Kept]:
    results = _forward(x, weight, scale, shift, epsilon, active)
    return results, (x, weight, *results[1:], scale, epsilon, active)


def _bwd(kept: Kept, gradients: tuple[Array, ...]) -> tuple[Array | None, ...]:
    x, weight, *_, epsilon, _ = kept
    dx, dscale, dshift = _backward(x, gradients[0], *kept[1:])
    return dx, jnp.zeros_like(weight), dscale, dshift, jnp.zeros_like(epsilon), None


_batch_norm.defvjp(_fwd, _bwd)


def batch_norm(
    x: Array, weight: Array, scale: Array, shift: Array, epsilon: Array, active: Array | None
) -> tuple[Array, Array, Array]:
    """The normalized rows, and the mean and the variance of each column."""
    y, mean, variance = _batch_norm(x, weight, scale, shift, epsilon, bound(active))
    return y, mean, variance
