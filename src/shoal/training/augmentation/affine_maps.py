"""Affine maps of the plane by example: making and chaining them.

Written as sums of products instead of matrix products: the identity stays the
identity to the last bit on every device, also where products are rounded.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array


def linear_map(rows: Array, rows_by_column: Array, columns_by_row: Array, columns: Array) -> Array:
    """[A | 0] of shape (batch, 2, 3) from the four numbers of A, each of shape (batch,)."""
    zero = jnp.zeros_like(rows)
    first = jnp.stack([rows, rows_by_column, zero], axis=-1)
    second = jnp.stack([columns_by_row, columns, zero], axis=-1)
    return jnp.stack([first, second], axis=-2)


def moved(maps: Array, offset: Array) -> Array:
    """The maps with b = offset, of shape (batch, 2)."""
    return jnp.concatenate([maps[..., :2], offset[..., None]], axis=-1)


def scaling(rows: Array, columns: Array) -> Array:
    """diag(rows, columns) as a map."""
    zero = jnp.zeros_like(rows)
    return linear_map(rows, zero, zero, columns)


def chained(outer: Array, inner: Array) -> Array:
    """The map p → outer(inner(p)), by example."""
    a, b = outer[..., :2], outer[..., 2]
    products = (a[..., :, :, None] * inner[..., None, :, :2]).sum(axis=-2)
    offset = (a * inner[..., None, :, 2]).sum(axis=-1) + b
    return moved(products, offset)
