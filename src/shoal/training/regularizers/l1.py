"""The sum of the weights' sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.network import Params
from shoal.training.optimizers.decays import Decays
from shoal.training.regularizers.regularizer import Regularizer


@dataclass(frozen=True, eq=False)
class L1(Regularizer):
    r"""Adds :math:`\lambda \sum_i |w_i|` to the loss: many weights end near zero.

    The derivative at 0 is taken as 0.

    Args:
        strength: λ.
        layers: names of layers; None: every layer.
        biases: also biases, and scales and shifts of norms.

    Raises:
        RecipeError: a negative strength, layers that are no names.

    Source: Tibshirani, "Regression shrinkage and selection via the lasso", JRSS B
    58 (1996).
    """

    kind: ClassVar[str] = "l1"

    def penalty(self, params: Params, decays: Decays) -> Array:
        total = jnp.zeros((), jnp.float32)
        for owner, own in params.items():
            for name, value in own.items():
                if self.meant(owner, name, decays):
                    # jax has 1 for the derivative of |w| at 0: masked weights would move.
                    sign = jax.lax.stop_gradient(jnp.sign(value))
                    total = total + jnp.sum(value * sign)
        return jnp.asarray(self.strength, jnp.float32) * total
