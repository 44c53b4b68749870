"""The mean of the vectors of a text's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network.layer import Context, Shape
from shoal.network.layers.embedding import Embedding
from shoal.space import static


@dataclass(frozen=True, eq=False)
class EmbeddingBag(Embedding):
    kind: ClassVar[str] = "embedding_bag"
    formula: ClassVar[str] = r"@h = \operatorname{mean}_{t:\, @x[t] \neq @padding} @weight[@x[t]]"

    def out_shape(self, *shapes: Shape) -> Shape:
        return super().out_shape(*shapes)[-1:]

    mode: str = static("mean")

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        tokens = inputs[0]
        vectors = super().apply(params, tokens, context=context).sum(axis=1)
        if self.mode == "sum":
            return vectors
        padding = self._padding()
        if padding is None:
            count = jnp.full((tokens.shape[0], 1), tokens.shape[1], vectors.dtype)
        else:
            count = (tokens != padding).sum(axis=1, keepdims=True).astype(vectors.dtype)
        count = jnp.maximum(count, 1.0)
        return vectors / (jnp.sqrt(count) if self.mode == "sqrtn" else count)
