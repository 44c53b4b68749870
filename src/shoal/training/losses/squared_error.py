"""Squared error, for regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.training.losses.loss import Loss, check_outputs


@dataclass(frozen=True, eq=False)
class SquaredError(Loss):
    r"""Mean squared error over the outputs: :math:`E = \frac1n \sum_{i=1}^n (o_i - t_i)^2`.

    Outputs o and targets t of shape (batch, n). Regression targets are
    standardized by the training split, so E is in units of their variance. With
    classes, the targets are one-hot.

    Raises:
        RecipeError: the network has another number of outputs than there are targets.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section 3.1.
    """

    kind: ClassVar[str] = "squared_error"

    def per_example(self, outputs: Array, targets: Array) -> Array:
        if jnp.issubdtype(targets.dtype, jnp.integer):
            targets = jax.nn.one_hot(targets, outputs.shape[-1], dtype=outputs.dtype)
        return jnp.square(outputs - targets).mean(axis=-1)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        check_outputs("class" if task == "classification" else "target", outputs, output_shape)
