"""Cells added around a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers import window
from shoal.network.layers.border import Cells, check_cells, sides
from shoal.space import Choice, static

MODES = {"zero": "constant", "edge": "edge", "reflect": "reflect"}
"""Names, and numpy's for the same."""


@dataclass(frozen=True, eq=False)
class Pad(Layer):
    """Cells around a map: zeros, or what is at its border.

    x of shape (batch, height, width, C), h of shape (batch, before + height +
    after, …, C); lines (length, C) and volumes (depth, height, width, C) likewise.

    Args:
        cells: how many on every side, or for each direction a number or
            (before, after): ``Pad(1)``, ``Pad(((0, 1), 2))``.
        mode: ``zero`` (default), ``edge`` (the outermost cell goes on), or
            ``reflect`` (the map as in a mirror at its outermost cell, which is
            not repeated).

    Raises:
        NetworkError: an unknown mode, an input that is no map, a reflection
            that needs more cells than the map has.
    """

    kind: ClassVar[str] = "pad"
    formula: ClassVar[str] = r"@h[u, c] = @x[u - @cells, c] \quad \text{(outside: @=mode)}"
    letters: ClassVar[Mapping[str, str]] = {"cells": "p"}

    cells: Cells = static(1)
    mode: str | Choice = static("zero")

    def __post_init__(self) -> None:
        check_cells(self.cells)
        _check_mode(self.mode)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        window.check_map(shape, "Pad layer")
        pads = sides(self.cells, len(shape) - 1)
        for n, (before, after) in zip(shape[:-1], pads, strict=True):
            if self.mode == "reflect" and max(before, after) >= n:
                raise NetworkError(
                    "a map reflects fewer cells than it has",
                    expected=f"at most {n - 1}",
                    received=max(before, after),
                )
        return (*(n + sum(pad) for n, pad in zip(shape[:-1], pads, strict=True)), shape[-1])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        pads = ((0, 0), *sides(self.cells, x.ndim - 2), (0, 0))
        return jnp.pad(x, pads, mode=MODES[str(self.mode)])


def _check_mode(mode: Any) -> None:
    if isinstance(mode, Choice):
        for option in mode.options:
            _check_mode(option)
    elif not isinstance(mode, str) or mode not in MODES:
        raise NetworkError(
            "a mode of padding is known by name", expected=", ".join(MODES), received=repr(mode)
        )
