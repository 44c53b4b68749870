"""Dropout through the extension."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.ffi.call import bound, lane_count, native
from shoal.kernels.lanes import for_one_network


@for_one_network(2, 0, 1, 1, 0)
def _apply(x: Array, keep: Array, key: Array, ranks: Array, active: Array) -> tuple[Array, ...]:
    lanes = lane_count(x, keep, key, ranks, active)
    return native("dropout", (x, keep, key, ranks, active), ((lanes, *x.shape[1:]),))


@jax.custom_vjp
def _dropout(x: Array, keep: Array, key: Array, ranks: Array, active: Array) -> Array:
    return _apply(x, keep, key, ranks, active)[0]


def _fwd(
    x: Array, keep: Array, key: Array, ranks: Array, active: Array
) -> tuple[Array, tuple[Array, ...]]:
    return _dropout(x, keep, key, ranks, active), (keep, key, ranks, active)


def _bwd(kept: tuple[Array, ...], dy: Array) -> tuple[Array | None, ...]:
    # Linear in x: the gradient is the same operation, its noise drawn again.
    return _apply(dy, *kept)[0], jnp.zeros_like(kept[0]), None, None, None


_dropout.defvjp(_fwd, _bwd)


def dropout(x: Array, rate: Array, key: Array, ranks: Array, active: Array | None) -> Array:
    """Y = x / (1 - r) where the noise is below 1 - r, else 0."""
    keep = (1.0 - rate).astype(x.dtype)
    result: Array = _dropout(x, keep, key, ranks.astype(jnp.int32), bound(active))
    return result
