"""Dropout."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels import uniform
from shoal.network.layer import Context, Layer, Shape
from shoal.space import Choice, Float, traced


def _may_drop(rate: Any) -> bool:
    return not (isinstance(rate, int | float) and rate == 0)


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

    rate: float | Float | Choice = traced(0.5)

    def __post_init__(self) -> None:
        bounds: tuple[Any, ...] = (self.rate,)
        if isinstance(self.rate, Float):
            bounds = (self.rate.low, self.rate.high)
        for value in bounds:
            if isinstance(value, int | float) and not 0 <= value < 1:
                raise NetworkError(
                    "a dropout rate is a probability below one",
                    expected="0 ≤ rate < 1",
                    received=value,
                )

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        x = inputs[0]
        if not context.training or not _may_drop(self.rate):
            return x
        assert context.key is not None
        features = x.shape[-1]
        ranks = jnp.arange(features, dtype=jnp.int32) if context.ranks is None else context.ranks
        draw = uniform(context.key, math.prod(x.shape[:-1]), ranks).reshape(x.shape)
        keep = 1.0 - jnp.asarray(self.rate, x.dtype)
        return jnp.where(draw < keep, x / keep, 0.0)
