"""The exponential linear unit that normalizes itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network.layers.activations.activation import Activation

ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805
"""With these, mean 0 and variance 1 are the fixed point of a wide layer (equation 14)."""


@dataclass(frozen=True, eq=False)
class Selu(Activation):
    r"""The self-normalizing unit: :math:`f(x) = s x` for x > 0, else :math:`s a (e^x - 1)`.

    With a ≈ 1.6733 and s ≈ 1.0507, signals keep mean 0 and variance 1 from layer
    to layer if weights are initialized with variance 1 / fan-in (``lecun``).

    Source: Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
    """

    kind: ClassVar[str] = "selu"
    formula: ClassVar[str] = (
        r"@h = 1.0507 \cdot (@x \text{ if } @x > 0 \text{ else } 1.6733\, (e^{@x} - 1))"
    )
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        below = jnp.where(x > 0, 0.0, x)
        return SCALE * jnp.where(x > 0, x, ALPHA * jnp.expm1(below))


selu = Selu()
