"""Zeros where a lane does not reach."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array


def keep_active(y: Array, active: Array | None) -> Array:
    """Y with its last axis zero from index ``active`` on; gradients too."""
    if active is None:
        return y
    reached = jnp.arange(y.shape[-1], dtype=jnp.int32) < active
    return jnp.where(jnp.broadcast_to(reached, y.shape), y, jnp.zeros((), y.dtype))
