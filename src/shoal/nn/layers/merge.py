"""Layers that join several inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.nn.layer import Context, Layer, Shape


@dataclass(frozen=True, eq=False)
class Add(Layer):
    r"""The sum of its inputs, which are all of one shape: :math:`h = x_1 + x_2 + \dots`.

    Raises:
        NetworkError: inputs of different shapes.
    """

    kind: ClassVar[str] = "add"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = "@h = @xs{ + }"
    inputs: ClassVar[int | None] = None

    def out_shape(self, *shapes: Shape) -> Shape:
        for shape in shapes[1:]:
            if shape != shapes[0]:
                raise NetworkError(
                    "inputs that are added have one shape",
                    expected=f"shape {shapes[0]}",
                    received=f"shape {shape}",
                )
        return shapes[0]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        return reduce(jnp.add, inputs)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        return _same_for_all(masks, "added")


@dataclass(frozen=True, eq=False)
class Multiply(Layer):
    r"""The product of its inputs, number by number: :math:`h = x_1 \odot x_2 \odot \dots`.

    All are of the first one's shape, or flat with as many features as it has
    channels: such a gate, of shape (C,), scales each channel at every place.

    Raises:
        NetworkError: inputs of other shapes.

    Source: Hu, Shen, Sun, "Squeeze-and-excitation networks", CVPR 2018 (gates).
    """

    kind: ClassVar[str] = "multiply"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h = @xs{ \odot }"
    inputs: ClassVar[int | None] = None

    def out_shape(self, *shapes: Shape) -> Shape:
        first = shapes[0]
        for shape in shapes[1:]:
            if shape not in (first, first[-1:]):
                raise NetworkError(
                    "inputs that are multiplied have one shape, or are one number a channel",
                    expected=f"shape {first} or {first[-1:]}",
                    received=f"shape {shape}",
                )
        return first

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        x = inputs[0]
        for gate in inputs[1:]:
            places = (1,) * (x.ndim - gate.ndim)
            at_each = gate.reshape(gate.shape[0], *places, *gate.shape[1:])
            x = x * jnp.broadcast_to(at_each, x.shape)
        return x

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        return _same_for_all(masks, "multiplied")


@dataclass(frozen=True, eq=False)
class Concat(Layer):
    """Its inputs side by side along the last axis (features or channels).

    Raises:
        NetworkError: inputs that differ in another axis than the last.
    """

    kind: ClassVar[str] = "concat"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h = [@xs{,\ }]"
    inputs: ClassVar[int | None] = None

    def out_shape(self, *shapes: Shape) -> Shape:
        for shape in shapes[1:]:
            if shape[:-1] != shapes[0][:-1]:
                raise NetworkError(
                    "inputs that are concatenated differ in the last axis only",
                    expected=f"shape {(*shapes[0][:-1], '…')}",
                    received=f"shape {shape}",
                )
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        return jnp.concatenate(inputs, axis=-1)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        return np.concatenate(masks)


def _same_for_all(masks: tuple[np.ndarray, ...], done: str) -> np.ndarray:
    if any(not np.array_equal(mask, masks[0]) for mask in masks[1:]):
        raise NetworkError(
            f"inputs that are {done} have the same widths in every network of a family",
            hint="Use one range object for the widths of both.",
        )
    return masks[0]
