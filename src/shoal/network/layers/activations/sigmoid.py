"""The logistic function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.network.layers.activations.activation import Activation


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
