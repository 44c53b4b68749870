"""Noise in training: dropout of features, channels and tokens, Gaussian noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels import Drop, normal
from shoal.kernels.dropout import dropout
from shoal.kernels.noise import uniform
from shoal.nn.layer import Context, Layer, Shape, check_field
from shoal.nn.layers import windows
from shoal.nn.layers.activations.activation import Number, check_number, over
from shoal.space import Choice, Float, Int, static, traced


def may_drop(rate: Any) -> bool:
    """Whether a rate is, or may become, another than zero."""
    return not (isinstance(rate, int | float) and rate == 0)


def check_rate(rate: Any) -> None:
    """Check a rate, or every value of the range that stands there; a traced one passes."""
    bounds: tuple[Any, ...] = (rate,)
    if isinstance(rate, Float | Int):
        bounds = (rate.low, rate.high)
    elif isinstance(rate, Choice):
        bounds = rate.options
    for value in bounds:
        if isinstance(value, Array):
            continue
        plain = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not plain or not 0 <= value < 1:
            raise NetworkError(
                "a dropout rate is a probability below one",
                expected="0 ≤ rate < 1",
                received=repr(value),
            )


MOST_FEATURES = 2**20
"""Features of a member whose noise is surely not another member's."""


def member_ranks(ranks: Array, members: int) -> Array:
    """The identities of all members' features in a row, from those of one member's.

    They depend neither on how many members nor on how many features there are, so that a
    number draws what it draws in a network with fewer of either.

    Args:
        ranks: int32 of shape (features,).
        members: how many.

    Returns:
        int32 of shape (members · features,).
    """
    first = jnp.arange(members, dtype=jnp.int32) * MOST_FEATURES
    shape = (members, ranks.shape[0])
    each = jnp.broadcast_to(first[:, None], shape) + jnp.broadcast_to(ranks[None], shape)
    return each.reshape(-1)


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
        windows.check_map(shapes[0], "ChannelDropout layer")
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


@dataclass(frozen=True, eq=False)
class TokenDropout(Layer):
    r"""Replaces tokens by padding at random while training ("word dropout").

    :math:`h_t = p` with probability r (the rate), else :math:`h_t = x_t`, p being the padding;
    nothing changes when predicting. A network that may not rely on any one word looks at more
    of them. x and h of shape (batch, length), whole numbers. The noise is keyed as that of
    `Dropout`: by seed, step, layer, example and place.

    Args:
        rate: probability r, 0 ≤ r < 1.
        padding: the token that fills up.

    Raises:
        NetworkError: a rate outside [0, 1), an input that is no row of whole numbers.

    Source: Iyyer et al., "Deep unordered composition rivals syntactic methods for text
    classification", ACL 2015, section 3.2.
    """

    kind: ClassVar[str] = "token_dropout"
    formula: ClassVar[str] = (
        r"@h[t] = @padding \text{ with probability } @rate, \text{ else } @x[t] "
        r"\quad \text{(training)}"
    )
    letters: ClassVar[Mapping[str, str]] = {"rate": "r", "padding": "p"}

    rate: float | Float | Choice = traced(0.1)
    padding: int | Int | Choice = static(0)

    def __post_init__(self) -> None:
        check_rate(self.rate)
        check_field(self.padding, "padding", least=0)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if len(shape) != 1:
            raise NetworkError(
                "a TokenDropout takes rows of tokens",
                expected="shape (length,)",
                received=f"shape {shape}",
            )
        return shape

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise NetworkError(
                "a TokenDropout takes whole numbers",
                expected="tokens, straight from the network's input",
                received=f"numbers of type {x.dtype}",
            )
        if not context.training or not may_drop(self.rate):
            return x
        assert context.key is not None
        noise = uniform(context.key, x.shape[0], jnp.arange(x.shape[1], dtype=jnp.int32))
        kept = noise >= jnp.asarray(self.rate, noise.dtype)
        return jnp.where(kept, x, jnp.asarray(self.padding, x.dtype))


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
