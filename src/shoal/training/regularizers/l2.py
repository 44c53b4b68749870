"""Half the sum of the weights' squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network import Params
from shoal.training.optimizers.decays import Decays
from shoal.training.regularizers.regularizer import Regularizer


@dataclass(frozen=True, eq=False)
class L2(Regularizer):
    r"""Adds :math:`\frac{\lambda}{2} \sum_i w_i^2` to the loss, λw to its gradient.

    Under plain gradient descent that is weight decay; under an optimizer that
    rescales gradients, such as Adam, it is not (see `WeightDecay`).

    Args:
        strength: λ.
        layers: names of layers; None: every layer.
        biases: also biases, and scales and shifts of norms.

    Raises:
        RecipeError: a negative strength, layers that are no names.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 7.1.1.
    """

    kind: ClassVar[str] = "l2"

    def penalty(self, params: Params, decays: Decays) -> Array:
        total = jnp.zeros((), jnp.float32)
        for owner, own in params.items():
            for name, value in own.items():
                if self.meant(owner, name, decays):
                    total = total + jnp.sum(jnp.square(value))
        return jnp.asarray(self.strength, jnp.float32) * 0.5 * total
