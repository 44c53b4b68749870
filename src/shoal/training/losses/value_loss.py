"""Losses of a regression that compare each output with its target."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.training.losses.loss import Loss, check_outputs, check_task


@dataclass(frozen=True, eq=False)
class ValueLoss(Loss):
    """The mean over an example's outputs of what `per_value` says of each.

    With classes, the targets are one-hot.
    """

    tasks: ClassVar[tuple[str, ...]] = ("regression", "classification")

    @abstractmethod
    def per_value(self, outputs: Array, targets: Array) -> Array:
        """The loss of each output; all of one shape."""

    def per_example(self, outputs: Array, targets: Array) -> Array:
        if jnp.issubdtype(targets.dtype, jnp.integer):
            targets = jax.nn.one_hot(targets, outputs.shape[-1], dtype=outputs.dtype)
        return self.per_value(outputs, targets).mean(axis=-1)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        check_task(self, task)
        check_outputs("class" if task == "classification" else "target", outputs, output_shape)
