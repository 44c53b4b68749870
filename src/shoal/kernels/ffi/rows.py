"""Rows by index through the extension."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.custom_batching import custom_vmap

from shoal.kernels.ffi.call import native
from shoal.kernels.xla.rows import take_rows as _xla


@custom_vmap
def _take(data: Array, index: Array) -> Array:
    row = data.shape[1:]
    flat = data.reshape(data.shape[0], math.prod(row))
    places = index.reshape(index.size)
    (taken,) = native("take_rows", (flat, places), ((index.size, flat.shape[1]),), data.dtype)
    return taken.reshape(*index.shape, *row)


@_take.def_vmap
def _take_lanes(size: int, in_batched: list[bool], data: Array, index: Array) -> tuple[Array, Any]:
    if not in_batched[0]:  # the case that matters: lanes draw from shared data
        return _take(data, index), True
    if not in_batched[1]:
        index = jnp.broadcast_to(index, (size, *index.shape))
    rows = data.shape[1]
    first = jnp.arange(size, dtype=jnp.int32) * rows
    inside = jnp.clip(index, 0, rows - 1)
    place = inside + first.reshape(size, *([1] * (index.ndim - 1)))
    return _take(data.reshape(size * rows, *data.shape[2:]), place), True


@jax.custom_vjp
def _differentiable(data: Array, index: Array) -> Array:
    taken: Array = _take(data, index)
    return taken


def _fwd(data: Array, index: Array) -> tuple[Array, tuple[Array, Array]]:
    return _take(data, index), (data, index)


def _bwd(kept: tuple[Array, Array], dy: Array) -> tuple[Any, None]:
    data, index = kept
    if not jnp.issubdtype(data.dtype, jnp.floating):
        return np.zeros(data.shape, jax.dtypes.float0), None
    _, pull = jax.vjp(lambda rows: _xla(rows, index), data)
    return pull(dy)[0], None


_differentiable.defvjp(_fwd, _bwd)


def take_rows(data: Array, index: Array) -> Array:
    """data[index] by copying whole rows; indices clamped."""
    taken: Array = _differentiable(data, index.astype(jnp.int32))
    return taken
