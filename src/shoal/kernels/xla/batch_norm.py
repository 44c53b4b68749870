"""Batch normalization by XLA alone."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.geometry import AfterNorm, Windows
from shoal.kernels.xla.bounds import keep_active
from shoal.kernels.xla.pool import max_pool


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
    rows = x.reshape(weight.shape[0], -1, x.shape[-1])
    own = weight[:, None, None]
    # A product: of a quotient XLA makes one with some numbers of lanes, with others not.
    per = 1.0 / jnp.maximum(jnp.sum(weight) * rows.shape[1], 1.0)
    mean = jnp.sum(rows * own, axis=(0, 1)) * per
    centered = rows - jnp.broadcast_to(mean, rows.shape)
    variance = jnp.sum(jnp.square(centered) * own, axis=(0, 1)) * per
    slope, steep, level = (
        jnp.broadcast_to(column, rows.shape)
        for column in (jax.lax.rsqrt(variance + epsilon), scale, shift)
    )
    y = keep_active((centered * slope * steep + level).reshape(x.shape), active)
    if after.places > 1:
        bands = y.reshape(-1, after.window[0], after.across, y.shape[-1])
        y = max_pool(bands, Windows(after.window, after.window, ((0, 0), (0, 0))))
        y = y.reshape(-1, y.shape[-1])
    return jax.nn.relu(y) if after.rectified else y, mean, variance
