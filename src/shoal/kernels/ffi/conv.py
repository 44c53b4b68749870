"""The convolution through the extension."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.kernels.ffi.call import bound, lane_count, native
from shoal.kernels.geometry import Windows
from shoal.kernels.lanes import for_one_network


def attributes_of(windows: Windows) -> dict[str, Any]:
    """The geometry as the extension takes it."""
    return {
        "stride": np.asarray(windows.stride, np.int64),
        "padding": np.asarray(windows.before, np.int64),
        "dilation": np.asarray(windows.dilation, np.int64),
        "groups": np.int64(windows.groups),
    }


class _Directions(NamedTuple):
    forward: Callable[..., tuple[Array, ...]]
    input_grad: Callable[..., tuple[Array, ...]]
    weight_grad: Callable[..., tuple[Array, ...]]


@functools.cache
def _directions(windows: Windows, size: tuple[int, int]) -> _Directions:
    """The three calls for one geometry and one size of image."""
    attributes = attributes_of(windows)
    out = windows.out(*size)

    @for_one_network(4, 4, 1, 0, 0)
    def forward(x: Array, weight: Array, bias: Array, low: Array, high: Array) -> Any:
        lanes = lane_count(x, weight, bias, low, high)
        shape = (lanes, x.shape[1], *out, weight.shape[4])
        return native("conv_forward", (x, weight, bias, low, high), (shape,), **attributes)

    @for_one_network(4, 4, 0, 0)
    def input_grad(dy: Array, weight: Array, low: Array, high: Array) -> Any:
        lanes = lane_count(dy, weight, low, high)
        shape = (lanes, dy.shape[1], *size, weight.shape[3] * windows.groups)
        return native("conv_input_grad", (dy, weight, low, high), (shape,), **attributes)

    @for_one_network(4, 4, 0, 0)
    def weight_grad(x: Array, dy: Array, low: Array, high: Array) -> Any:
        lanes = lane_count(x, dy, low, high)
        channels, filters = x.shape[4] // windows.groups, dy.shape[4]
        shapes = ((lanes, *windows.window, channels, filters), (lanes, filters))
        return native("conv_weight_grad", (x, dy, low, high), shapes, **attributes)

    return _Directions(forward, input_grad, weight_grad)


@functools.partial(jax.custom_vjp, nondiff_argnums=(5,))
def _conv(x: Array, weight: Array, bias: Array, low: Array, high: Array, windows: Windows) -> Array:
    calls = _directions(windows, (x.shape[1], x.shape[2]))
    return calls.forward(x, weight, bias, low, high)[0]


def _conv_fwd(
    x: Array, weight: Array, bias: Array, low: Array, high: Array, windows: Windows
) -> tuple[Array, tuple[Array, ...]]:
    return _conv(x, weight, bias, low, high, windows), (x, weight, bias, low, high)


def _conv_bwd(windows: Windows, kept: tuple[Array, ...], dy: Array) -> tuple[Array | None, ...]:
    # Separate calls: XLA removes that of a gradient which is not used.
    x, weight, bias, low, high = kept
    calls = _directions(windows, (x.shape[1], x.shape[2]))
    (dx,) = calls.input_grad(dy, weight, low, high)
    dw, db = calls.weight_grad(x, dy, low, high)
    return dx, dw, (db if bias.ndim == 1 else jnp.zeros_like(bias)), None, None


_conv.defvjp(_conv_fwd, _conv_bwd)


def conv(
    x: Array,
    weight: Array,
    bias: Array | None,
    windows: Windows,
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    """Y = x * W + b with work only where the lane is active."""
    no_bias = jnp.zeros((0, weight.shape[3]), weight.dtype)
    return _conv(
        x, weight, no_bias if bias is None else bias, bound(active_in), bound(active_out), windows
    )


@functools.partial(jax.custom_vjp, nondiff_argnums=(4, 5))
def _conv_transpose(
    x: Array, weight: Array, low: Array, high: Array, windows: Windows, size: tuple[int, int]
) -> Array:
    return _directions(windows, size).input_grad(x, weight, low, high)[0]


def _conv_transpose_fwd(
    x: Array, weight: Array, low: Array, high: Array, windows: Windows, size: tuple[int, int]
) -> tuple[Array, tuple[Array, ...]]:
    return _conv_transpose(x, weight, low, high, windows, size), (x, weight, low, high)


def _conv_transpose_bwd(
    windows: Windows, size: tuple[int, int], kept: tuple[Array, ...], dy: Array
) -> tuple[Array | None, ...]:
    x, weight, low, high = kept
    calls = _directions(windows, size)
    no_bias = jnp.zeros((0, weight.shape[3]), weight.dtype)
    (dx,) = calls.forward(dy, weight, no_bias, low, high)
    dw, _ = calls.weight_grad(dy, x, low, high)
    return dx, dw, None, None


_conv_transpose.defvjp(_conv_transpose_fwd, _conv_transpose_bwd)


def conv_transpose(
    x: Array,
    weight: Array,
    windows: Windows,
    size: tuple[int, int],
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    """The convolution's own directions with their parts exchanged.

    What goes in here is what comes out of the convolution, so the bounds change
    places too.
    """
    return _conv_transpose(x, weight, bound(active_out), bound(active_in), windows, size)
