"""Maps as flat features."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jax import Array

from shoal.network.layer import Context, Layer, Shape


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
