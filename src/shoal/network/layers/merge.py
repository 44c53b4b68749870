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
from shoal.network.layer import Context, Layer, Shape


@dataclass(frozen=True, eq=False)
class Add(Layer):
    """The sum of its inputs, which are all of one shape.

    Raises:
        NetworkError: inputs of different shapes.
    """

    kind: ClassVar[str] = "add"
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
        if any(not np.array_equal(mask, masks[0]) for mask in masks[1:]):
            raise NetworkError(
                "inputs that are added have the same widths in every network of a family",
                hint="Use one range object for the widths of both.",
            )
        return masks[0]


@dataclass(frozen=True, eq=False)
class Concat(Layer):
    """Its inputs side by side along the last axis (features or channels).

    Raises:
        NetworkError: inputs that differ in another axis than the last.
    """

    kind: ClassVar[str] = "concat"
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
