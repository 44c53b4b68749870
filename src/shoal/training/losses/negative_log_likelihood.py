"""Negative log-likelihood, for networks that give logarithms of probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.training.losses.place_loss import PlaceLoss


@dataclass(frozen=True, eq=False)
class NegativeLogLikelihood(PlaceLoss):
    r"""Negative log-likelihood of the true class: :math:`E = -\sum_k w_k q_k o_k`.

    Outputs o, of shape (batch, classes) or (batch, height, width, classes), are
    logarithms of probabilities: the network ends in a log-softmax. That is taken
    as it is; cross entropy is the same from logits.

    Args:
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes, or the network has another number
            of outputs than there are classes.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section 4.3.4.
    """

    kind: ClassVar[str] = "negative_log_likelihood"
    on_logits: ClassVar[bool] = False
    one_for_two: ClassVar[bool] = False

    def costs(self, scores: Array) -> Array:
        return -scores
