"""The convolution under windows through the extension."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.kernels.ffi.call import bound, lane_count, native
from shoal.kernels.ffi.conv import attributes_of
from shoal.kernels.geometry import Pair, Windows
from shoal.kernels.lanes import for_one_network


class Geometry(NamedTuple):
    """How the filters slide, and the windows over their map.

    Attributes:
        filters: of the convolution.
        window: of the maximum; its windows lie side by side.
        rectified: whether the maximum is at least 0.
    """

    filters: Windows
    window: Pair
    rectified: bool

    def out(self, height: int, width: int) -> Pair:
        """How many windows there are down and across; what fills none is left out."""
        rows, columns = self.filters.out(height, width)
        return rows // self.window[0], columns // self.window[1]


class _Directions(NamedTuple):
    forward: Callable[..., tuple[Array, ...]]
    input_grad: Callable[..., tuple[Array, ...]]
    weight_grad: Callable[..., tuple[Array, ...]]


@functools.cache
def _directions(geometry: Geometry, size: Pair) -> _Directions:
    """The three calls for one geometry and one size of image."""
    filters = geometry.filters
    attributes = {**attributes_of(filters), "window": np.asarray(geometry.window, np.int64)}
    out = geometry.out(*size)

    @for_one_network(4, 4, 1, 0, 0)
    def forward(x: Array, weight: Array, bias: Array, low: Array, high: Array) -> Any:
        shape = (lane_count(x, weight, bias, low, high), x.shape[1], *out, weight.shape[4])
        return native(
            "conv_max", (x, weight, bias, low, high), (shape, shape), (jnp.float32, jnp.uint8),
            rectified=np.int64(geometry.rectified), **attributes,
        )  # fmt: skip

    @for_one_network(4, 4, 4, 0, 0)
    def input_grad(dy: Array, winner: Array, weight: Array, low: Array, high: Array) -> Any:
        lanes = lane_count(dy, winner, weight, low, high)
        shape = (lanes, dy.shape[1], *size, weight.shape[3] * filters.groups)
        operands = (dy, winner, weight, low, high)
        return native("conv_max_input_grad", operands, (shape,), **attributes)

    @for_one_network(4, 4, 4, 0, 0)
    def weight_grad(x: Array, dy: Array, winner: Array, low: Array, high: Array) -> Any:
        lanes = lane_count(x, dy, winner, low, high)
        channels, count = x.shape[4] // filters.groups, dy.shape[4]
        shapes = ((lanes, *filters.window, channels, count), (lanes, count))
        return native("conv_max_weight_grad", (x, dy, winner, low, high), shapes, **attributes)

    return _Directions(forward, input_grad, weight_grad)


@functools.partial(jax.custom_vjp, nondiff_argnums=(5,))
def _conv_max(
    x: Array, weight: Array, bias: Array, low: Array, high: Array, geometry: Geometry
) -> Array:
    return _forward(x, weight, bias, low, high, geometry)[0]


def _forward(
    x: Array, weight: Array, bias: Array, low: Array, high: Array, geometry: Geometry
) -> tuple[Array, ...]:
    calls = _directions(geometry, (x.shape[1], x.shape[2]))
    return calls.forward(x, weight, bias, low, high)


def _conv_max_fwd(
    x: Array, weight: Array, bias: Array, low: Array, high: Array, geometry: Geometry
) -> tuple[Array, tuple[Array, ...]]:
    y, winner = _forward(x, weight, bias, low, high, geometry)
    return y, (x, weight, bias, low, high, winner)


def _conv_max_bwd(
    geometry: Geometry, kept: tuple[Array, ...], dy: Array
) -> tuple[Array | None, ...]:
    # Separate calls: XLA removes that of a gradient which is not used.
    x, weight, bias, low, high, winner = kept
    calls = _directions(geometry, (x.shape[1], x.shape[2]))
    (dx,) = calls.input_grad(dy, winner, weight, low, high)
    dw, db = calls.weight_grad(x, dy, winner, low, high)
    return dx, dw, (db if bias.ndim == 1 else jnp.zeros_like(bias)), None, None


_conv_max.defvjp(_conv_max_fwd, _conv_max_bwd)


def conv_max(
    x: Array,
    weight: Array,
    bias: Array | None,
    geometry: Geometry,
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    """The maxima; the map under them never comes to memory."""
    no_bias = jnp.zeros((0, weight.shape[3]), weight.dtype)
    return _conv_max(
        x, weight, no_bias if bias is None else bias, bound(active_in), bound(active_out), geometry
    )
