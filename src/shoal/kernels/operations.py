"""The operations that layers are made of, written for one network."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array


def dense(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    active_in: Array | None = None,
    active_out: Array | None = None,
) -> Array:
    """x [B,K] @ weight [K,N] + bias [N]."""
    y = jnp.dot(x, weight, precision=jax.lax.Precision.HIGHEST)
    return y if bias is None else y + bias


def conv(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Sequence[int] = (1, 1),
    padding: Sequence[tuple[int, int]] = ((0, 0), (0, 0)),
    dilation: Sequence[int] = (1, 1),
    groups: int = 1,
    active_in: Array | None = None,
    active_out: Array | None = None,
) -> Array:
    """x [B,H,W,C], weight [kh,kw,C/groups,N]."""
    y = jax.lax.conv_general_dilated(
        x,
        weight,
        window_strides=tuple(stride),
        padding=tuple(padding),
        rhs_dilation=tuple(dilation),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
        precision=jax.lax.Precision.HIGHEST,
    )
    return y if bias is None else y + bias


def max_pool(
    x: Array,
    window: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]] = ((0, 0), (0, 0)),
) -> Array:
    """Maximum over windows of x [B,H,W,C]."""
    return jax.lax.reduce_window(
        x,
        -jnp.inf,
        jax.lax.max,
        (1, *window, 1),
        (1, *stride, 1),
        ((0, 0), *padding, (0, 0)),
    )


def avg_pool(
    x: Array,
    window: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]] = ((0, 0), (0, 0)),
) -> Array:
    """Mean over windows of x [B,H,W,C]; padding does not count."""
    dims, strides = (1, *window, 1), (1, *stride, 1)
    pads = ((0, 0), *padding, (0, 0))
    total = jax.lax.reduce_window(x, 0.0, jax.lax.add, dims, strides, pads)
    count = jax.lax.reduce_window(jnp.ones_like(x), 0.0, jax.lax.add, dims, strides, pads)
    return total / count


def take_rows(data: Array, index: Array) -> Array:
    """data [n,…], index [B] → [B,…]."""
    return jnp.take(data, index, axis=0)
