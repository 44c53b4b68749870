"""Larger maps from smaller ones, without weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers import window
from shoal.network.layers.window import Size
from shoal.space import Choice, static

METHODS = ("nearest", "bilinear")

FEW = 16
"""Factors above it are one operation on arrays: place by place, compiling takes minutes."""


@dataclass(frozen=True, eq=False)
class UpSample(Layer):
    r"""A map that is f times as large in each direction.

    ``nearest``: every cell becomes a block of equal cells,
    :math:`h_{y,x,c} = x_{\lfloor y/f \rfloor, \lfloor x/f \rfloor, c}`.

    ``bilinear``: linear between the centers of the cells, one direction after
    the other (in a volume trilinear): place y of h lies at
    :math:`(y + \tfrac12)/f - \tfrac12` in x; beyond the outermost centers the
    outermost cell goes on.

    x of shape (batch, height, width, C), h of shape (batch, f·height, f·width,
    C); lines (length, C) and volumes (depth, height, width, C) likewise.

    Args:
        factor: f, one number or one for each direction.
        method: ``nearest`` (default) or ``bilinear``.

    Raises:
        NetworkError: an unknown method, an input that is no map.

    Source: Odena, Dumoulin, Olah, "Deconvolution and checkerboard artifacts",
    Distill (2016).
    """

    kind: ClassVar[str] = "up_sample"
    formula: ClassVar[str] = (
        r"@h[u, c] = \operatorname{@=method}(@x)[(u + 1 / 2) / @factor - 1 / 2, c]"
    )
    letters: ClassVar[Mapping[str, str]] = {"factor": "f"}

    factor: Size = static(2)
    method: str | Choice = static("nearest")

    def __post_init__(self) -> None:
        window.check_sizes(self.factor, "factor")
        _check_method(self.method)

    def _factors(self, shape: Shape) -> window.Sizes:
        return window.sizes(self.factor, "factor", len(shape) - 1)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        window.check_map(shape, "UpSample layer")
        size = (n * f for n, f in zip(shape[:-1], self._factors(shape), strict=True))
        return (*size, shape[-1])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        stretch = _repeated if self.method == "nearest" else _interpolated
        for direction, factor in enumerate(self._factors(x.shape[1:])):
            if factor > 1:
                x = stretch(x, factor, 1 + direction)
        return x


def _check_method(method: Any) -> None:
    if isinstance(method, Choice):
        for option in method.options:
            _check_method(option)
    elif method not in METHODS:
        raise NetworkError(
            "a method of sampling up is known by name",
            expected=", ".join(METHODS),
            received=repr(method),
        )


def _repeated(x: Array, factor: int, axis: int) -> Array:
    if factor > FEW:
        return jnp.repeat(x, factor, axis=axis, total_repeat_length=x.shape[axis] * factor)
    return _woven([x] * factor, axis)


def _woven(parts: list[Array], axis: int) -> Array:
    """Arrays of one shape, in turn along an axis: the first of each, then the second of each."""
    stacked = jnp.stack(parts, axis=axis + 1)
    shape = parts[0].shape
    return stacked.reshape(*shape[:axis], -1, *shape[axis + 1 :])


def _interpolated(x: Array, factor: int, axis: int) -> Array:
    """Each of the f places of a cell from the cell itself and the neighbor on its side."""
    before, after = _neighbor(x, axis, -1), _neighbor(x, axis, 1)
    # Distance of each place from the cell's center, in cells.
    away = (np.arange(factor) + 0.5) / factor - 0.5
    if factor > FEW:
        shape = (*(1,) * (axis + 1), -1, *(1,) * (x.ndim - axis - 1))
        places = jnp.asarray(away, x.dtype).reshape(shape)
        cell, left, right = (jnp.expand_dims(a, axis + 1) for a in (x, before, after))
        made = (1 - jnp.abs(places)) * cell
        made += jnp.abs(places) * jnp.where(places < 0, left, right)
        return made.reshape(*x.shape[:axis], -1, *x.shape[axis + 1 :])
    sides = [before if place < 0 else after for place in away]
    parts = [
        (1 - abs(float(place))) * x + abs(float(place)) * side
        for place, side in zip(away, sides, strict=True)
    ]
    return _woven(parts, axis)


def _neighbor(x: Array, axis: int, step: int) -> Array:
    """The cell before (-1) or after (1); the outermost is its own neighbor."""
    size = x.shape[axis]
    parts = [(0, 1), (0, size - 1)] if step < 0 else [(1, size), (size - 1, size)]
    return jnp.concatenate([jax.lax.slice_in_dim(x, *part, axis=axis) for part in parts], axis)
