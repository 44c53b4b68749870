"""Whole lanes, moved in one call however many arrays they are made of.

XLA compiles a loop of its own for each array, which takes longer than all the copying of a
small search. The extension copies bytes, and nothing is left to compile.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.lane_copies import keep_lanes as _native_keep
from shoal.kernels.ffi.lane_copies import put_lanes as _native_put
from shoal.kernels.ffi.lane_copies import take_lanes as _native_take
from shoal.kernels.xla.lane_copies import keep_lanes as _xla_keep
from shoal.kernels.xla.lane_copies import put_lanes as _xla_put
from shoal.kernels.xla.lane_copies import take_lanes as _xla_take


def put_lanes(
    arrays: Sequence[Array], parts: Sequence[Array | None], at: Array, count: Array
) -> list[Array]:
    """The arrays with some lanes replaced; in place where they are donated.

    Args:
        arrays: of shape (lanes, …), of any types.
        parts: for each, what comes into the lanes, of shape (n, …); None: zeros.
        at: int32 of shape (n,), the lane of each part; the nearest if there is no such lane.
        count: int32, how many of them, from the first on, are used.
    """
    return (_native_put if native_for(jnp.float32) else _xla_put)(arrays, parts, at, count)


def keep_lanes(best: Sequence[Array], now: Sequence[Array], improved: Array) -> list[Array]:
    """The lanes of ``now`` where they improved, those of ``best`` elsewhere; in place.

    Args:
        best: of shape (lanes, …), of any types.
        now: of the same shapes and types.
        improved: bool of shape (lanes,).
    """
    return (_native_keep if native_for(jnp.float32) else _xla_keep)(best, now, improved)


def take_lanes(arrays: Sequence[Array], at: Array) -> list[Array]:
    """The lanes at these places, of shape (n, …), copied.

    Args:
        arrays: of shape (lanes, …), of any types.
        at: int32 of shape (n,); the nearest lane if there is no such lane.
    """
    return (_native_take if native_for(jnp.float32) else _xla_take)(arrays, at)
