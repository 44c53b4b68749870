"""The step of a perceptron."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.network.layers.activations.activation import Activation


@dataclass(frozen=True, eq=False)
class Heaviside(Activation):
    r"""Heaviside's step: :math:`f(x) = 1` for :math:`x \geq 0`, else 0.

    A threshold unit fires or does not. The derivative is 0 wherever there is
    one, and is taken as 0 at the step: no gradient passes through it, so
    nothing before it learns, except from a loss that takes what comes before
    the step (`shoal.losses.Perceptron`).

    Source: Rosenblatt, "The perceptron", Psychological Review 65 (1958).
    """

    kind: ClassVar[str] = "heaviside"
    formula: ClassVar[str] = r"@h = 1 \text{ if } @x \geq 0 \text{ else } 0"
    monotone: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return (x >= 0).astype(x.dtype)


heaviside = Heaviside()
