"""Layer normalization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.network.layer import Context, Layer, ParamSpec, Shape
from shoal.network.layers.normalized import LEAST_EPSILON, MOST_EPSILON, over, rescaled
from shoal.network.real_fields import check_real
from shoal.space import Choice, Float, Int, traced


@dataclass(frozen=True, eq=False)
class LayerNorm(Layer):
    r"""The features of each example with mean 0 and variance 1, then scaled and shifted.

    .. math:: h = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta,
        \qquad \mu = \tfrac{1}{C} \sum_c x_c,
        \quad \sigma^2 = \tfrac{1}{C} \sum_c (x_c - \mu)^2

    x and h of shape (batch, …, C), γ and β of shape (C,): the statistics are
    over the last axis, for each example and each place of a map by itself, and
    the same in training and in prediction. A narrow lane normalizes over its
    own features only. γ and β do not decay.

    Args:
        epsilon: ε, above zero, keeps the quotient finite.

    Raises:
        NetworkError: an epsilon outside its bounds.

    Source: Ba, Kiros, Hinton, "Layer normalization", arXiv 1607.06450 (2016).
    """

    kind: ClassVar[str] = "layer_norm"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = (
        r"@h = @scale \odot \frac{@x - \mu}{\sqrt{\sigma^2 + @epsilon}} + @shift \quad "
        r"(\mu, \sigma^2 \text{ over the features})"
    )
    letters: ClassVar[Mapping[str, str]] = {"epsilon": r"\epsilon"}

    epsilon: float | Float | Int | Choice = traced(1e-5)

    def __post_init__(self) -> None:
        check_real(self.epsilon, "epsilon", low=LEAST_EPSILON, high=MOST_EPSILON)

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        learned = ParamSpec(shapes[0][-1:], ("out",), decays=False)
        return {"scale": learned, "shift": learned}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        size = shapes[0][-1]
        return {"scale": np.ones(size, np.float32), "shift": np.zeros(size, np.float32)}

    def multiply_adds(self, *shapes: Shape) -> int:
        return prod(shapes[0])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        x = inputs[0]
        mask = jnp.ones(x.shape[-1], x.dtype) if context.mask is None else context.mask
        own = over(mask.astype(x.dtype), x)
        # A product: of a quotient XLA makes one with some numbers of lanes, with others not.
        per = 1.0 / jnp.maximum(jnp.sum(mask.astype(x.dtype)), 1.0)
        # Masked features are zero in x but not in x - mean: they must not add to the variance.
        mean = jnp.sum(x * own, axis=-1, keepdims=True) * per
        centered = (x - mean) * own
        variance = jnp.sum(jnp.square(centered), axis=-1, keepdims=True) * per
        slope = jax.lax.rsqrt(variance + jnp.asarray(self.epsilon, x.dtype))
        return rescaled(centered, slope, params, context.mask)
