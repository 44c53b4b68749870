"""The rectifier that leaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network.layers.activations.activation import Activation
from shoal.network.layers.activations.number import Number, check_number, like
from shoal.space import traced


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
