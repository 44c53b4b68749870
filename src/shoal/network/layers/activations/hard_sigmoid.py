"""The logistic function in three straight pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network.layers.activations.activation import Activation


@dataclass(frozen=True, eq=False)
class HardSigmoid(Activation):
    r"""A sigmoid of three straight pieces: :math:`f(x) = \min(1, \max(0, x/6 + 1/2))`.

    Its derivative is 1/6 for -3 < x < 3, else 0.

    Source: Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2;
    Courbariaux, Bengio and David, "BinaryConnect", NeurIPS 2015.
    """

    kind: ClassVar[str] = "hard_sigmoid"
    formula: ClassVar[str] = r"@h = \min(1, \max(0, @x / 6 + 1 / 2))"
    monotone: ClassVar[bool] = True

    def function(self, x: Array) -> Array:
        return jnp.where(jnp.abs(x) < 3.0, x / 6.0 + 0.5, (x > 0).astype(x.dtype))


hard_sigmoid = HardSigmoid()
