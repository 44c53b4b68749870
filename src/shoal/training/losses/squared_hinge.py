"""Squared hinge loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.training.losses.label_loss import LabelLoss


@dataclass(frozen=True, eq=False)
class SquaredHinge(LabelLoss):
    r"""Squared hinge loss: :math:`E = \frac1K \sum_{k=1}^K \max(0,\, 1 - y_k o_k)^2`, y = ±1.

    Outputs as for `Hinge`; smooth at the margin, harder on what is far off.

    Args:
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes or labels, or the network has another
            number of outputs.

    Source: Tang, *Deep learning using linear support vector machines* (2013), equation 5.
    """

    kind: ClassVar[str] = "squared_hinge"

    def if_yes(self, outputs: Array) -> Array:
        return jnp.square(jax.nn.relu(1.0 - outputs))

    def if_no(self, outputs: Array) -> Array:
        return jnp.square(jax.nn.relu(1.0 + outputs))
