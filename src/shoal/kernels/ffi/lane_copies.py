"""Whole lanes, moved by the extension: one call for all arrays, and nothing that XLA compiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax import Array

from shoal.kernels.extension import TARGET_PREFIX


def put_lanes(
    arrays: Sequence[Array], parts: Sequence[Array | None], at: Array, count: Array
) -> list[Array]:
    """The arrays with some lanes replaced, in place; a part that several share is passed once."""
    own = list({id(part): part for part in parts if part is not None}.values())
    where = {id(part): i for i, part in enumerate(own)}
    part_of = np.array([-1 if part is None else where[id(part)] for part in parts], np.int64)
    aliases = {2 + i: i for i in range(len(arrays))}
    call = _call("put_lanes", arrays, aliases)
    return list(call(at, count, *arrays, *own, part_of=part_of))


def keep_lanes(best: Sequence[Array], now: Sequence[Array], improved: Array) -> list[Array]:
    """The lanes of now where they improved, those of best elsewhere, in place."""
    call = _call("keep_lanes", best, {1 + i: i for i in range(len(best))})
    return list(call(improved, *best, *now))


def take_lanes(arrays: Sequence[Array], at: Array) -> list[Array]:
    """The lanes at these places."""
    taken = [jax.ShapeDtypeStruct((*at.shape, *whole.shape[1:]), whole.dtype) for whole in arrays]
    return list(_call("take_lanes", taken)(at, *arrays))


def _call(
    name: str, results: Sequence[Any], aliases: dict[int, int] | None = None
) -> Callable[..., Sequence[Array]]:
    shapes = tuple(jax.ShapeDtypeStruct(one.shape, one.dtype) for one in results)
    call: Callable[..., Sequence[Array]] = jax.ffi.ffi_call(
        TARGET_PREFIX + name, shapes, input_output_aliases=aliases
    )
    return call
