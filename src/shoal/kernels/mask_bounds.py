"""Bounds that hold under a flag: a lane that is idle uses nothing of any width."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.mask_bounds import mask_bounds as _native


def mask_bounds(flag: Array, bounds: Sequence[Array]) -> list[Array]:
    """Each of the bounds where the flag is true, and 0 elsewhere.

    Args:
        flag: bool, a scalar.
        bounds: int32 scalars.
    """
    if not bounds:
        return []
    if not native_for(jnp.float32):
        return [jnp.where(flag, bound, 0) for bound in bounds]
    return list(_native(len(bounds))(flag, *bounds))
