"""Activations with two ends: steps, sigmoids, and the softmax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.nn.layer import Context
from shoal.nn.layers.activations.activation import Activation, over


@dataclass(frozen=True, eq=False)
class Sigmoid(Activation):
    r"""The logistic function, :math:`f(x) = 1 / (1 + e^{-x})`.

    Its derivative :math:`f (1 - f)` is at most 1/4: deep stacks of it let
    gradients vanish.

    Source: Rumelhart, Hinton and Williams, "Learning representations by
    back-propagating errors", Nature 323 (1986).
    """

    kind: ClassVar[str] = "sigmoid"
    formula: ClassVar[str] = r"@h = \frac{1}{1 + e^{-@x}}"
    monotone: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jax.nn.sigmoid(x)


sigmoid = Sigmoid()


@dataclass(frozen=True, eq=False)
class HardSigmoid(Activation):
    r"""A sigmoid of three straight pieces: :math:`f(x) = \min(1, \max(0, x/6 + 1/2))`.

    Its derivative is 1/6 for -3 < x < 3, else 0.

    Source: Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2;
    Courbariaux, Bengio and David, "BinaryConnect", NeurIPS 2015.
    """

    kind: ClassVar[str] = "hard_sigmoid"
    formula: ClassVar[str] = r"@h = \min(1, \max(0, @x / 6 + 1 / 2))"
    monotone: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jnp.where(jnp.abs(x) < 3.0, x / 6.0 + 0.5, (x > 0).astype(x.dtype))


hard_sigmoid = HardSigmoid()


@dataclass(frozen=True, eq=False)
class Tanh(Activation):
    r"""The hyperbolic tangent, :math:`f(x) = \tanh x`, with derivative :math:`1 - f^2`.

    Source: LeCun et al., "Efficient BackProp", in *Neural Networks: Tricks of
    the Trade* (1998).
    """

    kind: ClassVar[str] = "tanh"
    formula: ClassVar[str] = r"@h = \tanh(@x)"
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jnp.tanh(x)


tanh = Tanh()


@dataclass(frozen=True, eq=False)
class Softsign(Activation):
    r"""A sigmoid that saturates slowly: :math:`f(x) = x / (1 + |x|)`.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", AISTATS 2010.
    """

    kind: ClassVar[str] = "softsign"
    formula: ClassVar[str] = r"@h = \frac{@x}{1 + |@x|}"
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return x / (1.0 + jnp.abs(x))


softsign = Softsign()


@dataclass(frozen=True, eq=False)
class Heaviside(Activation):
    r"""Heaviside's step: :math:`f(x) = 1` for :math:`x \geq 0`, else 0.

    A threshold unit fires or does not. The derivative is 0 wherever there is
    one, and is taken as 0 at the step: no gradient passes through it, so
    nothing before it learns, except from a loss that takes what comes before
    the step (`shoal.losses.Perceptron`).

    Source: Rosenblatt, "The perceptron", Psychological Review 65 (1958).
    """

    kind: ClassVar[str] = "heaviside"
    formula: ClassVar[str] = r"@h = 1 \text{ if } @x \geq 0 \text{ else } 0"
    monotone: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return (x >= 0).astype(x.dtype)


heaviside = Heaviside()


@dataclass(frozen=True, eq=False)
class Softmax(Activation):
    r"""Probabilities over the last axis, :math:`f(x)_i = e^{x_i} / \sum_j e^{x_j}`.

    The largest input is subtracted first, so that nothing overflows. Masked
    units are left out of the sum. As the last layer, under a loss on logits, it
    is fused into the loss.

    Source: Bridle, "Probabilistic interpretation of feedforward classification
    network outputs", in *Neurocomputing* (1990).
    """

    kind: ClassVar[str] = "softmax"
    formula: ClassVar[str] = r"@h[j] = \frac{e^{@x[j]}}{\sum_{k} e^{@x[k]}}"

    def function(self, x: Array) -> Array:
        return jax.nn.softmax(x, axis=-1)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        if context.mask is None:
            return self.function(inputs[0])
        mask = over(context.mask, inputs[0])
        return self.function(without_masked(inputs[0], mask)) * mask


def without_masked(x: Array, mask: Array) -> Array:
    """X with masked units so low that they have no share in a sum of exponentials.

    A finite stand-in for minus infinity: an idle lane has no unit left, and 0/0
    there would turn into a NaN.
    """
    return jnp.where(mask > 0, x, jnp.asarray(-1e30, x.dtype))


softmax = Softmax()


@dataclass(frozen=True, eq=False)
class LogSoftmax(Activation):
    r"""Log-probabilities over the last axis, :math:`f(x)_i = x_i - \log \sum_j e^{x_j}`.

    The largest input is subtracted first, so that nothing overflows, and a
    probability too small for float32 still has its logarithm. Masked units are
    left out of the sum.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 6.2.2.3.
    """

    kind: ClassVar[str] = "log_softmax"
    formula: ClassVar[str] = r"@h[j] = @x[j] - \log \sum_{k} e^{@x[k]}"

    def function(self, x: Array) -> Array:
        return jax.nn.log_softmax(x, axis=-1)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        if context.mask is None:
            return self.function(inputs[0])
        mask = over(context.mask, inputs[0])
        # Not a product with the mask: what a masked unit has here is near -1e30.
        return jnp.where(mask > 0, self.function(without_masked(inputs[0], mask)), 0.0)


log_softmax = LogSoftmax()
