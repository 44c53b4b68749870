"""Calls a function of the compiled extension."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.extension import TARGET_PREFIX


def native(
    name: str,
    operands: Sequence[Array],
    shapes: Sequence[tuple[int, ...]],
    dtype: jnp.dtype | None = None,
    **attributes: object,
) -> tuple[Array, ...]:
    """The results, of the given shapes and one type (float32), of one call."""
    kind = jnp.dtype(jnp.float32) if dtype is None else dtype
    call = jax.ffi.ffi_call(
        TARGET_PREFIX + name, tuple(jax.ShapeDtypeStruct(shape, kind) for shape in shapes)
    )
    results: tuple[Array, ...] = tuple(call(*operands, **attributes))
    return results


def bound(active: Array | None) -> Array:
    """A bound as the extension takes it: an int32 scalar, or (0,) for none."""
    if active is None:
        return jnp.zeros((0,), jnp.int32)
    return jnp.asarray(active, jnp.int32)


def lane_count(*operands: Array) -> int:
    """How many lanes operands with leading axes of 0, 1 or L stand for."""
    counts = {x.shape[0] for x in operands} - {1}
    real = counts - {0}
    return max(real) if real else 1
