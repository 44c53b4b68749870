"""Activation functions, as layers without parameters.

Each class has one ready-made instance, written like a function: ``relu``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.network.layer import Context, Layer, Shape


@dataclass(frozen=True, eq=False)
class Activation(Layer):
    """A function applied to each number of its input."""

    keeps_zero: ClassVar[bool] = False
    """Whether f(0) = 0, so that a masked unit stays silent by itself."""

    monotone: ClassVar[bool] = False
    """Whether f never decreases, so that it commutes with a maximum."""

    @abstractmethod
    def function(self, x: Array) -> Array:
        """The function, element by element."""

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        h = self.function(inputs[0])
        if context.mask is None or self.keeps_zero:
            return h
        return h * _over(context.mask, h)


def _over(mask: Array, x: Array) -> Array:
    """A mask of features for every example and place of x."""
    return jnp.broadcast_to(mask.astype(x.dtype), x.shape)


@dataclass(frozen=True, eq=False)
class Identity(Activation):
    r"""The identity, :math:`f(x) = x`: a linear unit."""

    kind: ClassVar[str] = "identity"
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return x


@dataclass(frozen=True, eq=False)
class Sigmoid(Activation):
    r"""The logistic function, :math:`f(x) = 1 / (1 + e^{-x})`.

    Its derivative :math:`f (1 - f)` is at most 1/4: deep stacks of it let
    gradients vanish.
    """

    kind: ClassVar[str] = "sigmoid"
    monotone: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jax.nn.sigmoid(x)


@dataclass(frozen=True, eq=False)
class Tanh(Activation):
    r"""The hyperbolic tangent, :math:`f(x) = \tanh x`, with derivative :math:`1 - f^2`."""

    kind: ClassVar[str] = "tanh"
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jnp.tanh(x)


@dataclass(frozen=True, eq=False)
class Relu(Activation):
    r"""The rectifier, :math:`f(x) = \max(0, x)`; its derivative at 0 is taken as 0.

    Source: Nair and Hinton, "Rectified linear units improve restricted
    Boltzmann machines", ICML 2010.
    """

    kind: ClassVar[str] = "relu"
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jax.nn.relu(x)


@dataclass(frozen=True, eq=False)
class Softmax(Activation):
    r"""Probabilities over the last axis, :math:`f(x)_i = e^{x_i} / \sum_j e^{x_j}`.

    The largest input is subtracted first, so that nothing overflows. Masked
    units are left out of the sum. As the last layer, under a loss on logits, it
    is fused into the loss.
    """

    kind: ClassVar[str] = "softmax"

    def function(self, x: Array) -> Array:
        return jax.nn.softmax(x, axis=-1)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        if context.mask is None:
            return self.function(inputs[0])
        # A finite stand-in for minus infinity: an idle lane has no unit left,
        # and 0/0 there would turn into a NaN.
        mask = _over(context.mask, inputs[0])
        low = jnp.asarray(-1e30, inputs[0].dtype)
        return self.function(jnp.where(mask > 0, inputs[0], low)) * mask


identity = Identity()
sigmoid = Sigmoid()
tanh = Tanh()
relu = Relu()
softmax = Softmax()
