"""Batch normalization, and the pooling and the rectifier after it, through the extension.

The rows are looked at twice on the way forward, and twice on the way back: once for the sums, in
segments of fixed size, and once for what is made of them. What lies between the normalization
and the rectifier is never written: a byte a window remembers where its maximum was, and whether
the rectifier cut off is computed anew.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.kernels.ffi.call import bound, lane_count, native
from shoal.kernels.geometry import AfterNorm
from shoal.kernels.lanes import for_one_network

SEGMENT = 2048
"""Rows whose sums are taken together, as in `native/src/batch_norm.h`."""

Kept = tuple[Array, ...]


class _Directions(NamedTuple):
    forward: Callable[..., tuple[Array, ...]]
    backward: Callable[..., tuple[Array, ...]]


def _sums(x: Array, lanes: int, after: AfterNorm) -> tuple[tuple[int, ...], ...]:
    """The shapes of two sums of each segment and column."""
    segment = max(1, SEGMENT // after.band) * after.band
    return ((lanes, max(1, -(-x.shape[1] // segment)), x.shape[2]),) * 2


@functools.cache
def _directions(after: AfterNorm) -> _Directions:
    """The calls for what comes after the normalization."""
    attributes = {"after": np.asarray((after.across, *after.window, after.rectified), np.int64)}

    @for_one_network(2, 1, 1, 1, 0, 0)
    def forward(
        x: Array, weight: Array, scale: Array, shift: Array, epsilon: Array, active: Array
    ) -> tuple[Array, ...]:
        lanes = lane_count(x, weight, scale, shift, epsilon, active)
        sums = _sums(x, lanes, after)
        moments = native("batch_norm_moments", (x, weight, active), sums, **attributes)
        operands = (x, weight, *moments, scale, shift, epsilon, active)
        column = (lanes, x.shape[2])
        maxima = (lanes, x.shape[1] // after.places)
        shapes = (
            (*maxima, x.shape[2]),
            (*maxima, x.shape[2] if after.places > 1 else 0),
            column,
            column,
        )
        kinds = (jnp.float32, jnp.uint8, jnp.float32, jnp.float32)
        return native("batch_norm_apply", operands, shapes, kinds, **attributes)

    @for_one_network(2, 2, 2, 1, 1, 1, 1, 1, 0, 0)
    def backward(*operands: Array) -> tuple[Array, ...]:
        x, *_, active = operands
        lanes = lane_count(*operands)
        sums = native("batch_norm_sums", operands, _sums(x, lanes, after), **attributes)
        column = (lanes, x.shape[2])
        shapes = ((lanes, *x.shape[1:]), column, column)
        return native("batch_norm_grad", (*operands[:-1], *sums, active), shapes, **attributes)

    return _Directions(forward, backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(6,))
def _batch_norm(
    x: Array,
    weight: Array,
    scale: Array,
    shift: Array,
    epsilon: Array,
    active: Array,
    after: AfterNorm,
) -> tuple[Array, ...]:
    y, _, *moments = _directions(after).forward(x, weight, scale, shift, epsilon, active)
    return y, *moments


def _fwd(
    x: Array,
    weight: Array,
    scale: Array,
    shift: Array,
    epsilon: Array,
    active: Array,
    after: AfterNorm,
) -> tuple[tuple[Array, ...], Kept]:
    y, winner, *moments = _directions(after).forward(x, weight, scale, shift, epsilon, active)
    return (y, *moments), (x, winner, weight, *moments, scale, shift, epsilon, active)


def _bwd(after: AfterNorm, kept: Kept, gradients: tuple[Array, ...]) -> tuple[Array | None, ...]:
    x, winner, weight, *columns, epsilon, active = kept
    dx, dscale, dshift = _directions(after).backward(
        x, gradients[0], winner, weight, *columns, epsilon, active
    )
    return dx, jnp.zeros_like(weight), dscale, dshift, jnp.zeros_like(epsilon), None


_batch_norm.defvjp(_fwd, _bwd)


def batch_norm(
    x: Array,
    weight: Array,
    scale: Array,
    shift: Array,
    epsilon: Array,
    active: Array | None,
    after: AfterNorm,
) -> tuple[Array, Array, Array]:
    """What becomes of the rows, and the mean and the variance of each column."""
    y, mean, variance = _batch_norm(x, weight, scale, shift, epsilon, bound(active), after)
    return y, mean, variance
