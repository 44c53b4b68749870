"""Mean absolute error, for regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.training.losses.value_loss import ValueLoss


@dataclass(frozen=True, eq=False)
class AbsoluteError(ValueLoss):
    r"""Mean absolute error over the outputs: :math:`E = \frac1n \sum_{i=1}^n |o_i - t_i|`.

    Outputs o and targets t of shape (batch, n). What minimizes it is the median:
    a few wild targets do not draw it along. Its gradient where o = t is 0.

    Raises:
        RecipeError: the network has another number of outputs than there are targets.

    Source: Hastie, Tibshirani, Friedman, *The Elements of Statistical Learning*
    (2009), section 10.6.
    """

    kind: ClassVar[str] = "absolute_error"

    def per_value(self, outputs: Array, targets: Array) -> Array:
        return jnp.abs(outputs - targets)
