"""Hinge loss, the support vector machine's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.training.losses.label_loss import LabelLoss


@dataclass(frozen=True, eq=False)
class Hinge(LabelLoss):
    r"""Hinge loss: :math:`E = \frac1K \sum_{k=1}^K \max(0,\, 1 - y_k o_k)`, y = ±1.

    Outputs o of shape (batch, K): one for each class or label, each against the
    rest, or a single one for two classes, whose sign decides. y is +1 where the
    class is the true one (or the label applies) and -1 where it is not.

    Args:
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes or labels, or the network has another
            number of outputs.

    Source: Cortes and Vapnik, *Support-vector networks* (1995).
    """

    kind: ClassVar[str] = "hinge"

    def if_yes(self, outputs: Array) -> Array:
        return jax.nn.relu(1.0 - outputs)

    def if_no(self, outputs: Array) -> Array:
        return jax.nn.relu(1.0 + outputs)
