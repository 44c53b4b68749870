"""The smooth rectifier that dips below zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.network.layers.activations.activation import Activation


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
