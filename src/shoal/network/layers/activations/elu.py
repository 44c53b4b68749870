"""The exponential linear unit."""

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
class Elu(Activation):
    r"""The exponential linear unit: :math:`f(x) = x` for x > 0, else :math:`a (e^x - 1)`.

    Args:
        alpha: a ≥ 0; -a is the limit for small x.

    Raises:
        NetworkError: a negative alpha.

    Source: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network
    learning by exponential linear units", ICLR 2016.
    """

    kind: ClassVar[str] = "elu"
    formula: ClassVar[str] = r"@h = @x \text{ if } @x > 0 \text{ else } @alpha\, (e^{@x} - 1)"
    letters: ClassVar[Mapping[str, str]] = {"alpha": r"\alpha"}
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    alpha: Number = traced(1.0)

    def __post_init__(self) -> None:
        check_number(self.alpha, "alpha")

    def function(self, x: Array) -> Array:
        # The exponential never sees a large number: an infinity that `where` drops
        # would still be a NaN in the gradient.
        below = jnp.where(x > 0, 0.0, x)
        return jnp.where(x > 0, x, like(self.alpha, x) * jnp.expm1(below))


elu = Elu()
