"""The rectifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.network.layers.activations.activation import Activation


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
