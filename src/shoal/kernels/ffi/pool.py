"""Pooling through the extension."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.custom_batching import custom_vmap

from shoal.kernels.ffi.call import native
from shoal.kernels.geometry import Windows


def _attributes(windows: Windows) -> dict[str, Any]:
    return {
        "window": np.asarray(windows.window, np.int64),
        "stride": np.asarray(windows.stride, np.int64),
        "padding": np.asarray(windows.before, np.int64),
    }


def _images(name: str, *operands: Array, shape: tuple[int, ...], windows: Windows) -> Array:
    """Lanes are only more images: ``vmap`` folds its axis into theirs."""

    @custom_vmap
    def call(*operands: Array) -> Array:
        images = operands[0].shape[0]
        return native(name, operands, ((images, *shape),), **_attributes(windows))[0]

    @call.def_vmap
    def rule(size: int, in_batched: list[bool], *operands: Array) -> tuple[Array, bool]:
        if not any(in_batched):
            return call(*operands), False
        lanes = (
            x if is_batched else jnp.broadcast_to(x[None], (size, *x.shape))
            for x, is_batched in zip(operands, in_batched, strict=True)
        )
        folded = call(*(x.reshape(x.shape[0] * x.shape[1], *x.shape[2:]) for x in lanes))
        return folded.reshape(size, folded.shape[0] // size, *folded.shape[1:]), True

    result: Array = call(*operands)
    return result


@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def max_pool(x: Array, windows: Windows) -> Array:
    """The maximum; its gradient goes to the first of equal maxima."""
    shape = (*windows.out(x.shape[1], x.shape[2]), x.shape[3])
    return _images("max_pool", x, shape=shape, windows=windows)


def _max_fwd(x: Array, windows: Windows) -> tuple[Array, Array]:
    return max_pool(x, windows), x


def _max_bwd(windows: Windows, x: Array, dy: Array) -> tuple[Array]:
    return (_images("max_pool_grad", x, dy, shape=x.shape[1:], windows=windows),)


max_pool.defvjp(_max_fwd, _max_bwd)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def _avg_pool(x: Array, windows: Windows, size: tuple[int, int]) -> Array:
    shape = (*windows.out(*size), x.shape[3])
    return _images("avg_pool", x, shape=shape, windows=windows)


def _avg_fwd(x: Array, windows: Windows, size: tuple[int, int]) -> tuple[Array, None]:
    return _avg_pool(x, windows, size), None


def _avg_bwd(windows: Windows, size: tuple[int, int], _: None, dy: Array) -> tuple[Array]:
    return (_images("avg_pool_grad", dy, shape=(*size, dy.shape[3]), windows=windows),)


_avg_pool.defvjp(_avg_fwd, _avg_bwd)


def avg_pool(x: Array, windows: Windows) -> Array:
    """The mean over the part of each window that lies inside the image."""
    return _avg_pool(x, windows, (x.shape[1], x.shape[2]))
