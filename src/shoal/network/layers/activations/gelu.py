"""The Gaussian error linear unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.network.layers.activations.activation import Activation


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
