"""Mean squared error, for regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.training.losses.value_loss import ValueLoss


@dataclass(frozen=True, eq=False)
class SquaredError(ValueLoss):
    r"""Mean squared error over the outputs: :math:`E = \frac1n \sum_{i=1}^n (o_i - t_i)^2`.

    Outputs o and targets t of shape (batch, n). Regression targets are
    standardized by the training split, so E is in units of their variance. With
    classes, the targets are one-hot.

    Raises:
        RecipeError: the network has another number of outputs than there are targets.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section 3.1.
    """

    kind: ClassVar[str] = "squared_error"

    def per_value(self, outputs: Array, targets: Array) -> Array:
        return jnp.square(outputs - targets)
