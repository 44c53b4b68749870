"""Rows of a data set by index: how a lane draws its batch."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.rows import take_rows as _native
from shoal.kernels.xla.rows import take_rows as _xla


def take_rows(data: Array, index: Array) -> Array:
    """The rows ``data[index]``; an index out of range takes the nearest row.

    Args:
        data: of shape (n, …), any numeric type.
        index: integers of shape (B,).

    Returns:
        of shape (B, …) and data's type.
    """
    plain = data.dtype.itemsize <= 8 and data.shape[0] < 2**31 and data.dtype != jnp.bool_
    call = _native if plain and native_for(jnp.float32) else _xla
    return call(data, index)
