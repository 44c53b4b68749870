"""Tokens, and a number for each run of neighboring ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network.layer import Context, Layer, Shape
from shoal.space import Choice, Int, static


@dataclass(frozen=True, eq=False)
class HashedNGrams(Layer):
    kind: ClassVar[str] = "hashed_ngrams"
    formula: ClassVar[str] = r"@h = hash"

    vocabulary: int | Int | Choice = static()
    buckets: int | Int | Choice = static()
    n: int | Int | Choice = static(2)
    padding: int = static(0)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        n = self.n
        return (sum(max(shape[0] - k, 0) for k in range(n)),)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        parts = [x]
        words = x.astype(jnp.uint32)
        present = x != 0
        h, ok = words, present
        for k in range(1, self.n):
            h = h[:, :-1] * jnp.uint32(116049371) + words[:, k:]
            h = (h ^ (h >> 16)) * jnp.uint32(0x7FEB352D)
            h = h ^ (h >> 15)
            ok = ok[:, :-1] & present[:, k:]
            bucket = (h % jnp.uint32(self.buckets)).astype(jnp.int32) + self.vocabulary
            parts.append(jnp.where(ok, bucket, 0))
        return jnp.concatenate(parts, axis=1)
