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

from shoal.data.compact_inputs import AnyInputs, CompactInputs
from shoal.data.pixel_inputs import FACTORS, PixelInputs
from shoal.kernels import take_rows
from shoal.training.augmentation.random_crop import cut


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
        return self.scaled(take_rows(self.pixels, self.rows))

    def at(self, index: Array) -> PixelRows:
        """The rows of these numbers; one out of range is the nearest."""
        rows = jnp.take(self.rows, index, mode="clip")
        return PixelRows(self.pixels, rows, jnp.take(self.scaling, index, axis=0, mode="clip"))

    def scaled(self, pixels: Array) -> Array:
        """Pixels of all rows, or of parts of them, as a network takes them."""
        numbers = pixels.astype(self.dtype)
        maximum, mean, scale = (
            self.scaling[..., i].reshape(*self.rows.shape, 1, 1, 1) for i in range(FACTORS)
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
        return x.at(index).expanded()
    return take_rows(x, index)


def tiles_at(x: AnyRows, index: Array, corners: Array, tile: tuple[int, int]) -> Array:
    """Of these rows a tile each, as a network takes it; see `cut`."""
    if isinstance(x, PixelRows):
        own = x.at(index)
        return own.scaled(cut(own.pixels, own.rows, corners, tile))
    assert not isinstance(x, CompactRows), "pictures are no table"
    return cut(x, index, corners, tile)


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
