"""The same numbers in another shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import Context, Layer, Shape, check_field, whole_number
from shoal.space import Choice, static

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
