"""The smooth rectifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.network.layers.activations.activation import Activation


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
