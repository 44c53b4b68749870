"""The identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.network.layers.activations.activation import Activation


@dataclass(frozen=True, eq=False)
class Identity(Activation):
    r"""The identity, :math:`f(x) = x`: a linear unit."""

    kind: ClassVar[str] = "identity"
    formula: ClassVar[str] = "@h = @x"
    monotone: ClassVar[bool] = True
    keeps_zero: ClassVar[bool] = True
    keeps_features: ClassVar[bool] = True
    keeps_categories: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return x


identity = Identity()
