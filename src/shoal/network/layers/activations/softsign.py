"""A sigmoid without an exponential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network.layers.activations.activation import Activation


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
