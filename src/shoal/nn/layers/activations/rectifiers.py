"""Activations that pass what is positive: the rectifier and its relatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.nn.layers.activations.activation import Activation, Number, check_number, like
from shoal.space import traced


@dataclass(frozen=True, eq=False)
class Relu(Activation):
    r"""The rectifier, :math:`f(x) = \max(0, x)`; its derivative at 0 is taken as 0.

    Source: Nair and Hinton, "Rectified linear units improve restricted
    Boltzmann machines", ICML 2010.
    """

    kind: ClassVar[str] = "relu"
    formula: ClassVar[str] = r"@h = \max(0, @x)"
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jax.nn.relu(x)


relu = Relu()


@dataclass(frozen=True, eq=False)
class LeakyRelu(Activation):
    r"""The rectifier with a slope below zero: :math:`f(x) = x` for x > 0, else :math:`a x`.

    Its units cannot die: a gradient passes on both sides.

    Args:
        slope: a ≥ 0, the derivative below zero and at 0.

    Raises:
        NetworkError: a negative slope.

    Source: Maas, Hannun and Ng, "Rectifier nonlinearities improve neural
    network acoustic models", ICML 2013.
    """

    kind: ClassVar[str] = "leaky_relu"
    formula: ClassVar[str] = r"@h = @x \text{ if } @x > 0 \text{ else } @slope\, @x"
    letters: ClassVar[Mapping[str, str]] = {"slope": r"\alpha"}
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    slope: Number = traced(0.01)

    def __post_init__(self) -> None:
        check_number(self.slope, "slope")

    def function(self, x: Array) -> Array:
        return jnp.where(x > 0, x, like(self.slope, x) * x)


leaky_relu = LeakyRelu()


@dataclass(frozen=True, eq=False)
class Elu(Activation):
    r"""The exponential linear unit: :math:`f(x) = x` for x > 0, else :math:`a (e^x - 1)`.

    Args:
        alpha: a ≥ 0; -a is the limit for small x.

    Raises:
        NetworkError: a negative alpha.

    Source: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network
    learning by exponential linear units", ICLR 2016.
    """

    kind: ClassVar[str] = "elu"
    formula: ClassVar[str] = r"@h = @x \text{ if } @x > 0 \text{ else } @alpha\, (e^{@x} - 1)"
    letters: ClassVar[Mapping[str, str]] = {"alpha": r"\alpha"}
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    alpha: Number = traced(1.0)

    def __post_init__(self) -> None:
        check_number(self.alpha, "alpha")

    def function(self, x: Array) -> Array:
        # The exponential never sees a large number: an infinity that `where` drops
        # would still be a NaN in the gradient.
        below = jnp.where(x > 0, 0.0, x)
        return jnp.where(x > 0, x, like(self.alpha, x) * jnp.expm1(below))


elu = Elu()


ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805
"""With these, mean 0 and variance 1 are the fixed point of a wide layer (equation 14)."""


@dataclass(frozen=True, eq=False)
class Selu(Activation):
    r"""The self-normalizing unit: :math:`f(x) = s x` for x > 0, else :math:`s a (e^x - 1)`.

    With a ≈ 1.6733 and s ≈ 1.0507, signals keep mean 0 and variance 1 from layer
    to layer if weights are initialized with variance 1 / fan-in (``lecun``).

    Source: Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
    """

    kind: ClassVar[str] = "selu"
    formula: ClassVar[str] = (
        r"@h = 1.0507 \cdot (@x \text{ if } @x > 0 \text{ else } 1.6733\, (e^{@x} - 1))"
    )
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        below = jnp.where(x > 0, 0.0, x)
        return SCALE * jnp.where(x > 0, x, ALPHA * jnp.expm1(below))


selu = Selu()


@dataclass(frozen=True, eq=False)
class Gelu(Activation):
    r"""The Gaussian error linear unit, :math:`f(x) = x\,\Phi(x)`.

    Φ is the distribution function of the standard normal distribution, exact
    and not its approximation by tanh.

    Source: Hendrycks and Gimpel, "Gaussian error linear units",
    arXiv:1606.08415 (2016).
    """

    kind: ClassVar[str] = "gelu"
    formula: ClassVar[str] = r"@h = @x\, \Phi(@x)"
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jax.nn.gelu(x, approximate=False)


gelu = Gelu()


@dataclass(frozen=True, eq=False)
class Silu(Activation):
    r"""The sigmoid linear unit or swish, :math:`f(x) = x / (1 + e^{-x})`.

    Source: Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units for neural
    network function approximation in reinforcement learning", Neural Networks
    107 (2018); Ramachandran, Zoph and Le, arXiv:1710.05941 (2017).
    """

    kind: ClassVar[str] = "silu"
    formula: ClassVar[str] = r"@h = \frac{@x}{1 + e^{-@x}}"
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return x * jax.nn.sigmoid(x)


silu = Silu()


@dataclass(frozen=True, eq=False)
class Mish(Activation):
    r"""Mish, :math:`f(x) = x \tanh(\log(1 + e^x))`: smooth, and least at about -0.31.

    Source: Misra, "Mish: a self regularized non-monotonic activation function",
    BMVC 2020.
    """

    kind: ClassVar[str] = "mish"
    formula: ClassVar[str] = r"@h = @x\, \tanh(\log(1 + e^{@x}))"
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return x * jnp.tanh(jax.nn.softplus(x))


mish = Mish()


@dataclass(frozen=True, eq=False)
class Softplus(Activation):
    r"""The smooth rectifier, :math:`f(x) = \log(1 + e^x)`, always positive.

    Computed as :math:`\max(x, 0) + \log(1 + e^{-|x|})`, which never overflows.
    Its derivative is the logistic function.

    Source: Dugas et al., "Incorporating second-order functional knowledge for
    better option pricing", NeurIPS 2000.
    """

    kind: ClassVar[str] = "softplus"
    formula: ClassVar[str] = r"@h = \log(1 + e^{@x})"
    monotone: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jax.nn.softplus(x)


softplus = Softplus()


@dataclass(frozen=True, eq=False)
class Identity(Activation):
    r"""The identity, :math:`f(x) = x`: a linear unit."""

    kind: ClassVar[str] = "identity"
    formula: ClassVar[str] = "@h = @x"
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True
    keeps_features: ClassVar[bool] = True
    keeps_categories: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return x


identity = Identity()
