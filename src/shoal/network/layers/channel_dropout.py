"""Dropout of whole channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.kernels import dropout
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers import window
from shoal.network.layers.rate import check_rate, may_drop
from shoal.space import Choice, Float, traced


@dataclass(frozen=True, eq=False)
class ChannelDropout(Layer):
    r"""Switches whole channels off at random while training: :math:`h_{y,x,c} = x_{y,x,c} m_c / (1-r)`.

    Each :math:`m_c` is 0 with probability r (the rate), else 1, for a whole map
    of one example: neighboring places of a map know too much of each other for
    `Dropout` to take anything away (spatial dropout). x and h of shape
    (batch, …, C) with one to three axes between. The noise is keyed as that of
    `Dropout`: by seed, step, layer, example and channel.

    Args:
        rate: probability r of switching a channel off, 0 ≤ r < 1.

    Raises:
        NetworkError: a rate outside [0, 1), an input that is no map.

    Source: Tompson et al., "Efficient object localization using convolutional
    networks", CVPR 2015, section 3.3.
    """  # noqa: E501  # one equation

    kind: ClassVar[str] = "channel_dropout"
    formula: ClassVar[str] = (
        r"@h[u, c] = m_c\, @x[u, c] / (1 - @rate), \quad P(m_c = 0) = @rate \quad \text{(training)}"
    )
    letters: ClassVar[Mapping[str, str]] = {"rate": "r"}

    rate: float | Float | Choice = traced(0.5)

    def __post_init__(self) -> None:
        check_rate(self.rate)

    def out_shape(self, *shapes: Shape) -> Shape:
        window.check_map(shapes[0], "ChannelDropout layer")
        return shapes[0]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not context.training or not may_drop(self.rate):
            return x
        assert context.key is not None
        batch, *places, channels = x.shape
        ranks = jnp.arange(channels, dtype=jnp.int32) if context.ranks is None else context.ranks
        rate = jnp.asarray(self.rate, x.dtype)
        ones = jnp.ones((batch, channels), x.dtype)
        kept = dropout(ones, rate, context.key, ranks, active=context.active_out)
        return x * jnp.broadcast_to(kept.reshape(batch, *[1 for _ in places], channels), x.shape)
