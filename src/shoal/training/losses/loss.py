"""The protocol of a loss: what training minimizes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.errors import RecipeError


@dataclass(frozen=True, eq=False)
class Loss(ABC):
    """One number for each example; training minimizes the mean over the batch."""

    kind: ClassVar[str]
    on_logits: ClassVar[bool] = False
    """Whether it takes what comes before a final softmax; the softmax is then fused into it."""

    @abstractmethod
    def per_example(self, outputs: Array, targets: Array) -> Array:
        """The loss of each example.

        Args:
            outputs: shape (batch, outputs).
            targets: classes, int32 of shape (batch,), or values, float32 of
                shape (batch, outputs).

        Returns:
            shape (batch,).
        """

    @abstractmethod
    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        """Raise RecipeError unless the loss fits the task and the network's output.

        Args:
            task: ``classification`` or ``regression``.
            outputs: number of classes or of target values.
            output_shape: the network's output for one example.
        """


def check_outputs(what: str, outputs: int, output_shape: tuple[int, ...]) -> None:
    """Raise RecipeError unless the network has as many outputs as the data ask for."""
    if output_shape != (outputs,):
        raise RecipeError(
            f"the network ends in one output for each {what}",
            where="last layer",
            expected=f"shape ({outputs},)",
            received=f"shape {output_shape}",
            hint=f"End it with Dense({outputs}).",
        )
