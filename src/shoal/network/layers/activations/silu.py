"""The sigmoid linear unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.network.layers.activations.activation import Activation


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
