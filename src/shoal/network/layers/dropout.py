"""Dropout."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.kernels import Drop, dropout
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers.noise import member_ranks
from shoal.network.layers.rate import check_rate, may_drop
from shoal.space import Choice, Float, traced


@dataclass(frozen=True, eq=False)
class Dropout(Layer):
    r"""Switches units off at random while training: :math:`h = x \odot m / (1 - r)`.

    Each :math:`m_i` is 0 with probability r (the rate), else 1; dividing by
    1 - r keeps the expectation, so that nothing changes when predicting
    (inverted dropout). The noise is keyed by seed and step, so trials of one
    study meet the same noise.

    Args:
        rate: probability r of switching a unit off, 0 ≤ r < 1.

    Raises:
        NetworkError: a rate outside [0, 1).

    Source: Srivastava et al., "Dropout", JMLR 15 (2014).
    """

    kind: ClassVar[str] = "dropout"
    by_member: ClassVar[bool] = True
    keeps_features: ClassVar[bool] = True
    formula: ClassVar[str] = (
        r"@h = m \odot @x / (1 - @rate), \quad P(m_j = 0) = @rate \quad \text{(training)}"
    )
    letters: ClassVar[Mapping[str, str]] = {"rate": "r"}

    rate: float | Float | Choice = traced(0.5)

    def __post_init__(self) -> None:
        check_rate(self.rate)

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def drop(self, context: Context, like: Array) -> Drop | None:
        """The noise that it draws, None where it draws none; ``like`` has its features and type."""
        if not context.training or not may_drop(self.rate):
            return None
        assert context.key is not None
        ranks = (
            jnp.arange(like.shape[-1], dtype=jnp.int32) if context.ranks is None else context.ranks
        )
        return Drop(jnp.asarray(self.rate, like.dtype), context.key, ranks)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        x = inputs[0]
        noise = self.drop(context, x)
        if noise is None:
            return x
        if context.members is None:
            rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
            return dropout(rows, *noise, active=context.active_out).reshape(x.shape)
        rows, active = x.reshape(x.shape[0], -1), context.active_out
        if active is not None:  # a lane that is idle has none, of any member
            active = jnp.where(active > 0, context.members * x.shape[-1], 0)
        own = noise._replace(ranks=member_ranks(noise.ranks, x.shape[1]))
        return dropout(rows, *own, active=active).reshape(x.shape)
