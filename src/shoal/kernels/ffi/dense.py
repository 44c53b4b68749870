"""The fully connected product through the extension."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.ffi.call import bound, lane_count, native
from shoal.kernels.lanes import for_one_network


@for_one_network(2, 2, 1, 0, 0)
def _forward(x: Array, weight: Array, bias: Array, low: Array, high: Array) -> tuple[Array, ...]:
    lanes = lane_count(x, weight, bias, low, high)
    shape = (lanes, x.shape[1], weight.shape[2])
    return native("dense_forward", (x, weight, bias, low, high), (shape,))


@for_one_network(2, 2, 0, 0)
def _input_grad(dy: Array, weight: Array, low: Array, high: Array) -> tuple[Array, ...]:
    lanes = lane_count(dy, weight, low, high)
    shape = (lanes, dy.shape[1], weight.shape[1])
    return native("dense_input_grad", (dy, weight, low, high), (shape,))


@for_one_network(2, 2, 0, 0)
def _weight_grad(x: Array, dy: Array, low: Array, high: Array) -> tuple[Array, ...]:
    lanes = lane_count(x, dy, low, high)
    shapes = ((lanes, x.shape[2], dy.shape[2]), (lanes, dy.shape[2]))
    return native("dense_weight_grad", (x, dy, low, high), shapes)


@jax.custom_vjp
def _dense(x: Array, weight: Array, bias: Array, low: Array, high: Array) -> Array:
    return _forward(x, weight, bias, low, high)[0]


def _dense_fwd(
    x: Array, weight: Array, bias: Array, low: Array, high: Array
) -> tuple[Array, tuple[Array, ...]]:
    return _dense(x, weight, bias, low, high), (x, weight, bias, low, high)


def _dense_bwd(kept: tuple[Array, ...], dy: Array) -> tuple[Array | None, ...]:
    # Separate calls: XLA removes that of a gradient which is not used.
    x, weight, bias, low, high = kept
    (dx,) = _input_grad(dy, weight, low, high)
    dw, db = _weight_grad(x, dy, low, high)
    return dx, dw, (db if bias.ndim == 1 else jnp.zeros_like(bias)), None, None


_dense.defvjp(_dense_fwd, _dense_bwd)


def dense(
    x: Array,
    weight: Array,
    bias: Array | None,
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    """Y = x W + b with work only where the lane is active."""
    no_bias = jnp.zeros((0, weight.shape[1]), weight.dtype)
    return _dense(x, weight, no_bias if bias is None else bias, bound(active_in), bound(active_out))
