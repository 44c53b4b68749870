"""The hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network.layers.activations.activation import Activation


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
