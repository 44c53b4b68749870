"""Batch normalization."""

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
class BatchNorm(Layer):
    r"""Each feature with mean 0 and variance 1 over the batch, then scaled and shifted.

    .. math:: h = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta

    x and h of shape (batch, …, C); γ, β, μ, σ² of shape (C,). While training,
    μ and σ² are those of the batch, over all its examples and all places of a
    map, and the layer keeps running ones,

    .. math:: \mu_r \leftarrow (1 - m)\, \mu_r + m\, \mu, \qquad
        \sigma^2_r \leftarrow (1 - m)\, \sigma^2_r + m\, \tfrac{n}{n - 1}\, \sigma^2

    over n numbers a feature, which take their place when predicting. They are
    no weights: the optimizer does not touch them, and they are kept with the
    best weights and stored with the model. What only fills the last batch of
    an epoch up counts in none of them; a batch with one number a feature has
    no variance to learn from and leaves σ²_r as it is. γ and β do not decay.

    Args:
        momentum: m, share of a new batch in the running statistics, 0 to 1.
        epsilon: ε, above zero, keeps the quotient finite.

    Raises:
        NetworkError: a number outside its bounds.

    Source: Ioffe and Szegedy, "Batch normalization", ICML 2015.
    """

    kind: ClassVar[str] = "batch_norm"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = (
        r"@h = @scale \odot \frac{@x - @mean}{\sqrt{@variance + @epsilon}} + @shift \quad "
        r"(\mu, \sigma^2 \text{ in training of the batch, kept by shares } @momentum)"
    )
    letters: ClassVar[Mapping[str, str]] = {"epsilon": r"\epsilon", "momentum": "m"}

    momentum: float | Float | Int | Choice = traced(0.1)
    epsilon: float | Float | Int | Choice = traced(1e-5)

    def __post_init__(self) -> None:
        check_real(self.momentum, "momentum", low=0.0, high=1.0)
        check_real(self.epsilon, "epsilon", low=LEAST_EPSILON, high=MOST_EPSILON)

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        learned = ParamSpec(shapes[0][-1:], ("out",), decays=False)
        kept = ParamSpec(shapes[0][-1:], ("out",), decays=False, trained=False)
        return {"scale": learned, "shift": learned, "mean": kept, "variance": kept}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        size = shapes[0][-1]
        ones, zeros = np.ones(size, np.float32), np.zeros(size, np.float32)
        return {"scale": ones, "shift": zeros, "mean": zeros.copy(), "variance": ones.copy()}

    def multiply_adds(self, *shapes: Shape) -> int:
        return prod(shapes[0])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        if context.training:
            return self.apply_training(params, *inputs, context=context)[0]
        x = inputs[0]
        slope = jax.lax.rsqrt(params["variance"] + jnp.asarray(self.epsilon, x.dtype))
        return rescaled(x - over(params["mean"], x), over(slope, x), params, context.mask)

    def apply_training(
        self, params: Mapping[str, Array], *inputs: Array, context: Context
    ) -> tuple[Array, dict[str, Array]]:
        x = inputs[0]
        axes = tuple(range(x.ndim - 1))
        weight = _of_examples(context.weight, x)
        count = jnp.maximum(jnp.sum(weight) * prod(x.shape[1:-1]), 1.0)
        if context.members is not None:
            weight = weight * _of_members(context.members, x)
            count = jnp.maximum(jnp.sum(weight), 1.0)
        # A product: of a quotient XLA makes one with some numbers of lanes, with others not.
        per = 1.0 / count
        mean = jnp.sum(x * weight, axis=axes) * per
        centered = x - over(mean, x)
        variance = jnp.sum(jnp.square(centered) * weight, axis=axes) * per
        slope = jax.lax.rsqrt(variance + jnp.asarray(self.epsilon, x.dtype))
        h = rescaled(centered, over(slope, x), params, context.mask)

        share = jnp.asarray(self.momentum, x.dtype)
        unbiased = variance * (count / jnp.maximum(count - 1.0, 1.0))
        moved = (1.0 - share) * params["variance"] + share * unbiased
        return h, {
            "mean": (1.0 - share) * params["mean"] + share * mean,
            "variance": jnp.where(count > 1.0, moved, params["variance"]),
        }


def _of_examples(weight: Array | None, x: Array) -> Array:
    """The weight of each example, of shape (batch, 1, …, 1) for every axis of x."""
    shape = (x.shape[0],) + (1,) * (x.ndim - 1)
    return jnp.ones(shape, x.dtype) if weight is None else weight.reshape(shape).astype(x.dtype)


def _of_members(used: Array | int, x: Array) -> Array:
    """1 for each member that the lane has, of shape (1, members, 1)."""
    return (jnp.arange(x.shape[1], dtype=jnp.int32) < used).astype(x.dtype)[None, :, None]
