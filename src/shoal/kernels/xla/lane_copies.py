"""Whole lanes, moved by plain XLA."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array


def put_lanes(
    arrays: Sequence[Array], parts: Sequence[Array | None], at: Array, count: Array
) -> list[Array]:
    """The arrays with some lanes replaced, one after another."""

    def one(i: Array, state: list[Array]) -> list[Array]:
        rows = [
            jnp.zeros(whole.shape[1:], whole.dtype) if part is None else _row(part, i)
            for whole, part in zip(state, parts, strict=True)
        ]
        return [
            jax.lax.dynamic_update_index_in_dim(whole, row, at[i], 0)
            for whole, row in zip(state, rows, strict=True)
        ]

    filled: list[Array] = jax.lax.fori_loop(0, count, one, list(arrays))
    return filled


def keep_lanes(best: Sequence[Array], now: Sequence[Array], improved: Array) -> list[Array]:
    """The lanes of now where they improved, those of best elsewhere."""
    return [
        jnp.where(improved.reshape((-1,) + (1,) * (new.ndim - 1)), new, old)
        for old, new in zip(best, now, strict=True)
    ]


def take_lanes(arrays: Sequence[Array], at: Array) -> list[Array]:
    """The lanes at these places."""
    if at.shape == (1,):
        return [_row(whole, at[0])[None] for whole in arrays]
    return [jnp.take(whole, at, axis=0, mode="clip") for whole in arrays]


def _row(stack: Array, at: Array) -> Array:
    row: Array = jax.lax.dynamic_index_in_dim(stack, at, 0, keepdims=False)
    return row
