"""Weights that shrink by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network import Params
from shoal.training.optimizers.decays import Decays
from shoal.training.regularizers.regularizer import Regularizer


@dataclass(frozen=True, eq=False)
class WeightDecay(Regularizer):
    r"""Shrinks weights before each step: :math:`w \leftarrow (1 - \eta\lambda) w`.

    Decoupled: it is no part of the loss, and no optimizer rescales it. η is the
    optimizer's learning rate at that step. With `Adam` this is `AdamW`, which does
    the same to the whole network in one pass and is faster; this one is for some
    layers, for several strengths, and for every other optimizer.

    Args:
        strength: λ.
        layers: names of layers; None: every layer.
        biases: also biases, and scales and shifts of norms.

    Raises:
        RecipeError: a negative strength, layers that are no names.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    kind: ClassVar[str] = "weight_decay"

    def shrunk(self, params: Params, decays: Decays, learning_rate: Array) -> Params:
        kept = 1.0 - learning_rate * jnp.asarray(self.strength, jnp.float32)
        return {
            owner: {
                name: value * kept if self.meant(owner, name, decays) else value
                for name, value in own.items()
            }
            for owner, own in params.items()
        }
