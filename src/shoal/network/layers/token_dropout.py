"""Dropout of whole tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.kernels.noise import uniform
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers.rate import check_rate, may_drop
from shoal.space import Choice, Float, traced


@dataclass(frozen=True, eq=False)
class TokenDropout(Layer):
    kind: ClassVar[str] = "token_dropout"
    formula: ClassVar[str] = r"@h"
    rate: float | Float | Choice = traced(0.1)

    def __post_init__(self) -> None:
        check_rate(self.rate)

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not context.training or not may_drop(self.rate):
            return x
        u = uniform(context.key, x.shape[0], jnp.arange(x.shape[1], dtype=jnp.int32))
        return jnp.where(u < self.rate, 0, x)
