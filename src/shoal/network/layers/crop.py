"""Cells cut off around a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers import window
from shoal.network.layers.border import Cells, check_cells, sides
from shoal.space import static


@dataclass(frozen=True, eq=False)
class Crop(Layer):
    """A map without the cells at its border.

    x of shape (batch, height, width, C), h of shape (batch, height - before -
    after, …, C); lines (length, C) and volumes (depth, height, width, C) likewise.

    Args:
        cells: how many on every side, or for each direction a number or
            (before, after): ``Crop(1)``, ``Crop(((0, 1), 2))``.

    Raises:
        NetworkError: nothing left, an input that is no map.
    """

    kind: ClassVar[str] = "crop"
    formula: ClassVar[str] = "@h[u, c] = @x[u + @cells, c]"
    letters: ClassVar[Mapping[str, str]] = {"cells": "p"}

    cells: Cells = static(1)

    def __post_init__(self) -> None:
        check_cells(self.cells)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        window.check_map(shape, "Crop layer")
        cut = sides(self.cells, len(shape) - 1)
        size = tuple(n - sum(pair) for n, pair in zip(shape[:-1], cut, strict=True))
        if min(size) < 1:
            raise NetworkError(
                "a crop leaves a part of the map",
                expected=f"fewer cells than {'×'.join(map(str, shape[:-1]))}",
                received=f"{'×'.join(str(sum(pair)) for pair in cut)} cut off",
            )
        return (*size, shape[-1])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        for axis, (before, after) in enumerate(sides(self.cells, x.ndim - 2), start=1):
            x = jax.lax.slice_in_dim(x, before, x.shape[axis] - after, axis=axis)
        return x
