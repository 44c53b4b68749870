"""The fully connected product as plain XLA."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.xla.bounds import keep_active


def dense(
    x: Array,
    weight: Array,
    bias: Array | None,
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    """Y = x W + b; by the contract idle inputs are zero already."""
    y = jnp.dot(keep_active(x, active_in), weight, precision=jax.lax.Precision.HIGHEST)
    if bias is not None:
        y = y + jnp.broadcast_to(bias, y.shape)
    return keep_active(y, active_out)
