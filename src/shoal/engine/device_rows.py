"""Inputs on the device: an array, or a table's or pictures' as compactly as on the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.data.encode.compact_inputs import AnyInputs, CompactInputs
from shoal.data.encode.pixels import FACTORS, PixelInputs
from shoal.kernels import take_rows


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["numbers", "places"],
    meta_fields=["layout"],
)
@dataclass(frozen=True, eq=False)
class CompactRows:
    """See `CompactInputs`; there may be axes before that of the rows.

    Attributes:
        numbers, places, layout: as there.
    """

    numbers: Array
    places: Array
    layout: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """As if they were an array."""
        return (*self.numbers.shape[:-1], sum(map(abs, self.layout)))

    @property
    def dtype(self) -> jnp.dtype:
        """Of the rows as a network takes them."""
        return self.numbers.dtype

    def expanded(self) -> Array:
        """All rows as a network takes them."""
        parts = []
        number = category = 0
        for width in self.layout:
            if width > 0:
                parts.append(self.numbers[..., number : number + width])
                number += width
            else:
                own = self.places[..., category : category + 1]
                one = jnp.broadcast_to(
                    jnp.arange(-width, dtype=own.dtype), (*own.shape[:-1], -width)
                )
                parts.append((own == one).astype(self.numbers.dtype))
                category += 1
        return jnp.concatenate(parts, axis=-1)


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["pixels", "rows", "scaling"],
    meta_fields=[],
)
@dataclass(frozen=True, eq=False)
class PixelRows:
    """See `PixelInputs`; there may be axes before that of the rows.

    Attributes:
        pixels, rows, scaling: as there; all lanes and all parts of a split share the pixels.
    """

    pixels: Array
    rows: Array
    scaling: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """As if they were an array."""
        return (*self.rows.shape, *self.pixels.shape[1:])

    @property
    def dtype(self) -> jnp.dtype:
        """Of the rows as a network takes them."""
        return self.scaling.dtype

    @property
    def dense_bytes(self) -> int:
        """Bytes that all rows would take as a network takes them."""
        return prod(self.shape) * self.dtype.itemsize

    def expanded(self) -> Array:
        """All rows as a network takes them."""
        return scaled_pixels(take_rows(self.pixels, self.rows), self.scaling)


def scaled_pixels(pixels: Array, scaling: Array) -> Array:
    """Pixels of 8 or 16 bits as a network takes them.

    Args:
        pixels: of shape (…, height, width, channels).
        scaling: of each picture maximum, mean and scale, of shape (…, 3).
    """
    numbers = pixels.astype(scaling.dtype)
    maximum, mean, scale = (
        scaling[..., i].reshape(*scaling.shape[:-1], 1, 1, 1) for i in range(FACTORS)
    )
    # Where XLA sees that many numbers have one divisor, it multiplies them by its inverse,
    # and last bits differ from those of the host. No pixel is less than zero.
    below = numbers < 0
    return (numbers / jnp.where(below, 1.0, maximum) - mean) / jnp.where(below, 1.0, scale)


AnyRows = Array | CompactRows | PixelRows


def put(x: AnyInputs) -> AnyRows:
    """Inputs on the device."""
    if isinstance(x, CompactInputs):
        return CompactRows(jax.device_put(x.numbers), jax.device_put(x.places), x.layout)
    if isinstance(x, PixelInputs):
        return PixelRows(
            jax.device_put(x.pixels),
            jax.device_put(x.rows.astype(np.int32)),
            jax.device_put(x.scaling),
        )
    placed: Array = jax.device_put(x)
    return placed


def rows_at(x: AnyRows, index: Array) -> Array:
    """These rows as a network takes them; an index out of range takes the nearest row."""
    if isinstance(x, CompactRows):
        numbers, places = take_rows(x.numbers, index), take_rows(x.places, index)
        return CompactRows(numbers, places, x.layout).expanded()
    if isinstance(x, PixelRows):
        rows = jnp.take(x.rows, index, mode="clip")
        return PixelRows(x.pixels, rows, jnp.take(x.scaling, index, axis=0, mode="clip")).expanded()
    return take_rows(x, index)


def tiles_at(x: AnyRows, index: Array, corners: Array, tile: tuple[int, int]) -> Array:
    """Tiles of these pictures as a network takes them: see `cut`."""
    if isinstance(x, PixelRows):
        pixels = cut(x.pixels, jnp.take(x.rows, index, mode="clip"), corners, tile)
        return scaled_pixels(pixels, jnp.take(x.scaling, index, axis=0, mode="clip"))
    return cut(all_rows(x), index, corners, tile)


def cut(values: Array, rows: Array, corners: Array, tile: tuple[int, int]) -> Array:
    """Tiles out of some pictures or masks, without a copy of the whole ones.

    Args:
        values: of shape (n, height, width, …).
        rows: which of them, int32 of shape (batch,).
        corners: first row and column of each tile, int32 of shape (batch, 2).
        tile: height and width.

    Returns:
        shape (batch, *tile, …).
    """

    def one(row: Array, corner: Array) -> Array:
        begin = [row, corner[0], corner[1], *[jnp.zeros_like(row)] * (values.ndim - 3)]
        return jax.lax.dynamic_slice(values, begin, (1, *tile, *values.shape[3:]))[0]

    return jax.vmap(one)(rows, corners)


def on_host(x: AnyRows, rows: np.ndarray) -> np.ndarray:
    """These rows as a network takes them, off the device."""
    if isinstance(x, CompactRows):
        return CompactInputs(np.asarray(x.numbers), np.asarray(x.places), x.layout)[rows]
    if isinstance(x, PixelRows):
        return PixelInputs(np.asarray(x.pixels), np.asarray(x.rows), np.asarray(x.scaling))[rows]
    found: np.ndarray = np.asarray(x)[rows]
    return found


def all_rows(x: AnyRows) -> Array:
    """All rows as a network takes them."""
    return x if isinstance(x, Array) else x.expanded()


def by_batch(x: AnyRows) -> tuple[Any, Callable[[Any], AnyRows]]:
    """Rows in batches: what tells of each batch, and from that to its rows.

    The pixels that all batches share are no part of what tells of each.
    """
    if isinstance(x, PixelRows):
        return (x.rows, x.scaling), lambda own: PixelRows(x.pixels, *own)
    return x, lambda own: own
