"""Batch normalization by XLA alone."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.xla.bounds import keep_active


def batch_norm(
    x: Array, weight: Array, scale: Array, shift: Array, epsilon: Array, active: Array | None
) -> tuple[Array, Array, Array]:
    """The normalized rows, and the mean and the variance of each column."""
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
    y = centered * slope * steep + level
    return keep_active(y.reshape(x.shape), active), mean, variance
