"""Noise added to the signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.kernels import normal
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers.activations.activation import over
from shoal.network.layers.activations.number import Number, check_number
from shoal.network.layers.noise import member_ranks
from shoal.space import traced


@dataclass(frozen=True, eq=False)
class GaussianNoise(Layer):
    r"""Adds normal noise while training: :math:`h = x + \sigma n`, with :math:`n \sim N(0, 1)`.

    Nothing changes when predicting. x and h of one shape, any. The noise is
    keyed by seed, step, layer, place and feature, so trials of one study meet
    the same noise, scaled by their own σ.

    Args:
        stddev: σ ≥ 0, in the units of the signal.

    Raises:
        NetworkError: a negative stddev.

    Source: Bishop, "Training with noise is equivalent to Tikhonov
    regularization", Neural Computation 7 (1995).
    """

    kind: ClassVar[str] = "gaussian_noise"
    by_member: ClassVar[bool] = True
    keeps_features: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h = @x + @stddev\, n, \quad n \sim N(0, 1) \quad \text{(training)}"
    letters: ClassVar[Mapping[str, str]] = {"stddev": r"\sigma"}

    stddev: Number = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.stddev, "stddev")

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not context.training or (isinstance(self.stddev, int | float) and self.stddev == 0):
            return x
        assert context.key is not None
        features = x.shape[-1]
        ranks = jnp.arange(features, dtype=jnp.int32) if context.ranks is None else context.ranks
        rows = prod(x.shape[:-1])
        if context.members is not None:
            rows, ranks = x.shape[0], member_ranks(ranks, x.shape[1])
        noise = normal(context.key, rows, ranks).astype(x.dtype).reshape(x.shape)
        if context.mask is not None:
            noise = noise * over(context.mask, noise)
        return x + jnp.asarray(self.stddev, x.dtype) * noise
