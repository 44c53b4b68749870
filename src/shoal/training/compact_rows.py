"""Inputs on the device: an array, or those of a large table as compactly as on the host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.data.compact_inputs import AnyInputs, CompactInputs
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


AnyRows = Array | CompactRows


def put(x: AnyInputs) -> AnyRows:
    """Inputs on the device."""
    if isinstance(x, CompactInputs):
        return CompactRows(jax.device_put(x.numbers), jax.device_put(x.places), x.layout)
    placed: Array = jax.device_put(x)
    return placed


def rows_at(x: AnyRows, index: Array) -> Array:
    """These rows as a network takes them; an index out of range takes the nearest row."""
    if isinstance(x, CompactRows):
        numbers, places = take_rows(x.numbers, index), take_rows(x.places, index)
        return CompactRows(numbers, places, x.layout).expanded()
    return take_rows(x, index)


def on_host(x: AnyRows, rows: np.ndarray) -> np.ndarray:
    """These rows as a network takes them, off the device."""
    if isinstance(x, CompactRows):
        return CompactInputs(np.asarray(x.numbers), np.asarray(x.places), x.layout)[rows]
    found: np.ndarray = np.asarray(x)[rows]
    return found


def all_rows(x: AnyRows) -> Array:
    """All rows as a network takes them."""
    return x.expanded() if isinstance(x, CompactRows) else x
