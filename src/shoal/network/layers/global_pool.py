"""Pooling over the whole map: one number a channel."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels import mean_of_places
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers import window


@dataclass(frozen=True, eq=False)
class GlobalPool(Layer):
    """A map of any size as one number a channel."""

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        window.check_map(shape, f"{type(self).__name__} layer")
        return (shape[-1],)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        return self.pooled(x.reshape(x.shape[0], -1, x.shape[-1]))

    @abstractmethod
    def pooled(self, x: Array) -> Array:
        """Of places in a row, (batch, places, C), one number a channel: (batch, C)."""


@dataclass(frozen=True, eq=False)
class GlobalAvgPool(GlobalPool):
    r"""The mean of each channel: :math:`h_c = \frac{1}{P} \sum_p x_{p,c}` over all P places.

    x of shape (batch, …, C) with one to three axes between, h of shape (batch, C).

    Raises:
        NetworkError: an input that is no map.

    Source: Lin, Chen, Yan, "Network in network", ICLR 2014, section 3.2.
    """

    kind: ClassVar[str] = "global_avg_pool"
    formula: ClassVar[str] = r"@h[c] = \operatorname{mean}_{u} @x[u, c]"

    def pooled(self, x: Array) -> Array:
        return mean_of_places(x)


@dataclass(frozen=True, eq=False)
class GlobalMaxPool(GlobalPool):
    r"""The largest value of each channel: :math:`h_c = \max_p x_{p,c}` over all places.

    x of shape (batch, …, C) with one to three axes between, h of shape
    (batch, C). Among equal values the gradient goes to the first, as in `MaxPool`.

    Raises:
        NetworkError: an input that is no map.

    Source: Collobert et al., "Natural language processing (almost) from
    scratch", JMLR 12 (2011), section 3.3.2 ("max over time").
    """

    kind: ClassVar[str] = "global_max_pool"
    formula: ClassVar[str] = r"@h[c] = \max_{u} @x[u, c]"

    def pooled(self, x: Array) -> Array:
        # A comparison instead of a gather, whose gradient would be a scatter: slow, and
        # jnp.max would share the gradient among equal values.
        first = jnp.argmax(x, axis=1, keepdims=True).astype(jnp.int32)
        place = jax.lax.broadcasted_iota(jnp.int32, x.shape, 1)
        chosen = place == jnp.broadcast_to(first, x.shape)
        return jnp.where(chosen, x, jnp.zeros((), x.dtype)).sum(axis=1)
