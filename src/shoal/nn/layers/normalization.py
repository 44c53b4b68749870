"""Normalization over a batch or over features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.kernels import AfterNorm
from shoal.kernels.batch_norm import batch_norm
from shoal.nn.layer import Context, Layer, ParamSpec, Shape, check_real
from shoal.space import Choice, Float, Int, traced

LEAST_EPSILON = 1e-20
"""A feature without variance, as every masked one, has the slope ε^(-1/2), whose derivative
ε^(-3/2) must be a number of float32 too."""

MOST_EPSILON = 1e6


def over(vector: Array, x: Array) -> Array:
    """A number for each feature, for every example and place of x."""
    return jnp.broadcast_to(vector, x.shape)


def scale_and_shift(params: Mapping[str, Array], mask: Array | None) -> tuple[Array, Array]:
    """Those of each feature; a masked one has none, and learns nothing."""
    scale, shift = params["scale"], params["shift"]
    if mask is not None:
        scale, shift = scale * mask.astype(scale.dtype), shift * mask.astype(shift.dtype)
    return scale, shift


def rescaled(
    centered: Array, slope: Array, params: Mapping[str, Array], mask: Array | None
) -> Array:
    """Centered x slope x scale + shift; a masked feature is silent and learns nothing."""
    scale, shift = scale_and_shift(params, mask)
    return centered * slope * over(scale, centered) + over(shift, centered)


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
        return self.under_windows(params, inputs[0], (1, 1), rectified=False, context=context)

    def under_windows(
        self,
        params: Mapping[str, Array],
        x: Array,
        window: tuple[int, int],
        *,
        rectified: bool,
        context: Context,
    ) -> tuple[Array, dict[str, Array]]:
        """What training is told, of the maxima of windows that fill the map, and at least 0."""
        weight = _of_examples(context, x)
        count = jnp.maximum(jnp.sum(weight) * (prod(x.shape[:-1]) // weight.size), 1.0)
        h, mean, variance = batch_norm(
            x.reshape(-1, x.shape[-1]),
            weight,
            *scale_and_shift(params, context.mask),
            jnp.asarray(self.epsilon, x.dtype),
            active=context.active_out,
            after=AfterNorm(rectified, window, x.shape[-2] if window != (1, 1) else 1),
        )
        share = jnp.asarray(self.momentum, x.dtype)
        unbiased = variance * (count / jnp.maximum(count - 1.0, 1.0))
        moved = (1.0 - share) * params["variance"] + share * unbiased
        places = x.shape[1:-1]
        if window != (1, 1):
            places = (places[0] // window[0], places[1] // window[1])
        return h.reshape(x.shape[0], *places, x.shape[-1]), {
            "mean": (1.0 - share) * params["mean"] + share * mean,
            "variance": jnp.where(count > 1.0, moved, params["variance"]),
        }


def _of_examples(context: Context, x: Array) -> Array:
    """1 for each example that counts, or for each member of each, else 0, one after the other."""
    given = context.weight
    weight = jnp.ones(x.shape[0], x.dtype) if given is None else given.astype(x.dtype)
    if context.members is None:
        return weight
    used = (jnp.arange(x.shape[1], dtype=jnp.int32) < context.members).astype(x.dtype)
    return (weight[:, None] * used[None, :]).reshape(-1)


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
