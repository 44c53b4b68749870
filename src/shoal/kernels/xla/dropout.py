"""Dropout by XLA alone."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from shoal.kernels.noise import uniform
from shoal.kernels.xla.bounds import keep_active


def dropout(x: Array, rate: Array, key: Array, ranks: Array, active: Array | None) -> Array:
    """Y = x / (1 - r) where the noise is below 1 - r, else 0."""
    keep = (1.0 - rate).astype(x.dtype)
    kept = uniform(key, x.shape[0], ranks).astype(x.dtype) < keep
    return keep_active(jnp.where(kept, x * (1.0 / keep), jnp.zeros((), x.dtype)), active)
