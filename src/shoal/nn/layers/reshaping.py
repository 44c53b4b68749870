"""The same numbers in another shape: flattened, cropped, padded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.nn.layer import Context, Layer, Shape, check_field, whole_number
from shoal.nn.layers import windows
from shoal.nn.layers.windows import Cells, check_cells, sides
from shoal.space import Choice, static


@dataclass(frozen=True, eq=False)
class Flatten(Layer):
    """Features in one row, the last axis running fastest.

    x of shape (batch, a, b, …, C) becomes (batch, a·b·…·C).
    """

    kind: ClassVar[str] = "flatten"
    formula: ClassVar[str] = r"@h = \operatorname{flatten}(@x)"

    def out_shape(self, *shapes: Shape) -> Shape:
        return (math.prod(shapes[0]),)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        return inputs[0].reshape(inputs[0].shape[0], -1)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        return np.tile(masks[0], math.prod(shape[:-1]))


REST = -1


@dataclass(frozen=True, eq=False)
class Reshape(Layer):
    """The numbers of an example in their order, the last axis running fastest, in another shape.

    x of shape ``(batch, …)`` becomes ``(batch, *shape)``.

    Lanes may differ in width before it only if the last axis of ``shape`` is
    -1 and takes in the features of whole places: ``Reshape((7, 7, -1))`` of
    maps (7, 7, C) or (14, 14, C), ``Reshape((-1,))``. Everything else is refused in
    such a family: a lane's own numbers would have to move.

    Args:
        shape: of one example; one axis may be -1, which is then whatever is left.

    Raises:
        NetworkError: a shape that does not have as many numbers as the input,
            or widths that differ by lane where they would have to move.
    """

    kind: ClassVar[str] = "reshape"
    formula: ClassVar[str] = r"@h = \operatorname{reshape}(@x)"

    shape: tuple[Any, ...] | Choice = static()

    def __post_init__(self) -> None:
        _check_target(self.shape)

    def out_shape(self, *shapes: Shape) -> Shape:
        (given,) = shapes
        if not isinstance(self.shape, tuple):
            whole_number(self.shape, "shape")
        target = [n if n == REST else whole_number(n, "shape") for n in self.shape]  # type: ignore[union-attr]  # a tuple, or refused
        known = prod(n for n in target if n != REST)
        size = prod(given)
        if size % known or (REST not in target and size != known):
            raise NetworkError(
                "a shape has as many numbers as the input",
                expected=f"{size} in all, for an input of shape {given}",
                received=f"shape {tuple(target)}",
            )
        return tuple(size // known if n == REST else n for n in target)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        return x.reshape(x.shape[0], *self.out_shape(x.shape[1:]))

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        out = self.out_shape(shape)
        if masks[0].all():
            return np.ones(out[-1], bool)
        places, outer = prod(shape[:-1]), prod(out[:-1])
        assert isinstance(self.shape, tuple)
        if self.shape[-1] != REST or places % outer:
            raise NetworkError(
                "widths that differ by lane stay in the last axis",
                expected="a shape that ends in -1 and keeps the features of a place together",
                received=f"shape {self.shape} for an input of shape {shape}",
                hint="End the shape in -1, or fix the width before it.",
            )
        return np.tile(masks[0], places // outer)


def _check_target(shape: Any) -> None:
    """Check a shape, or every option of the choice that stands there."""
    if isinstance(shape, Choice):
        for option in shape.options:
            _check_target(option)
        return
    if not isinstance(shape, tuple) or not shape:
        raise NetworkError(
            "a shape is a tuple of numbers", expected="for example (7, 7, -1)", received=repr(shape)
        )
    rest = [n for n in shape if isinstance(n, int) and n == REST]
    if len(rest) > 1:
        raise NetworkError("one axis of a shape may be -1", received=shape)
    for n in shape:
        if not (isinstance(n, int) and n == REST):
            check_field(n, "an axis of a shape")


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
        windows.check_map(shape, "Crop layer")
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
        windows.check_map(shape, "Pad layer")
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
