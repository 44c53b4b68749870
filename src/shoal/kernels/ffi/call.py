"""Calls a function of the compiled extension."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import DTypeLike

from shoal.kernels.extension import TARGET_PREFIX


def native(
    name: str,
    operands: Sequence[Array],
    shapes: Sequence[tuple[int, ...]],
    dtypes: DTypeLike | Sequence[DTypeLike] = jnp.float32,
    **attributes: object,
) -> tuple[Array, ...]:
    """The results, of the given shapes and types (one for all, or one each), of one call."""
    kinds = dtypes if isinstance(dtypes, list | tuple) else (dtypes,) * len(shapes)
    wanted = (jax.ShapeDtypeStruct(shape, kind) for shape, kind in zip(shapes, kinds, strict=True))
    call = jax.ffi.ffi_call(TARGET_PREFIX + name, tuple(wanted))
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
