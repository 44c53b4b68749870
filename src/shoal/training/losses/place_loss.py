"""Losses that judge each labeled place by itself and average over an example."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from shoal.training.losses.class_loss import ClassLoss, class_scores
from shoal.training.losses.loss import per_count


@dataclass(frozen=True, eq=False, kw_only=True)
class PlaceLoss(ClassLoss):
    r"""The mean over an example's labeled places of :math:`\sum_k w_k q_k c_k(o)`.

    q are the shares of the classes in the label, w the class weights, and c_k is
    what the scores o cost where class k is the true one. A classified example has
    one place, an image to be segmented one for each pixel. The weights are not
    normalized: a class of weight 2 counts as if it came twice.
    """

    @abstractmethod
    def costs(self, scores: Array) -> Array:
        """What the scores cost if a class is the true one, for each class: the same shape."""

    def place_weights(self, scores: Array, targets: Array) -> Array | None:
        """A weight for each place, of the scores' shape without classes; None: all 1."""
        return None

    def at_places(self, scores: Array, targets: Array) -> Array:
        """What the scores of each place cost: their shape without classes."""
        shares = self.shares(scores, targets)
        weights = self.weights(shares)
        if weights is not None:
            shares = shares * weights
        return (shares * self.costs(scores)).sum(axis=-1)

    def per_example(self, outputs: Array, targets: Array) -> Array:
        scores = class_scores(outputs)
        losses = self.at_places(scores, targets)
        by_place = self.place_weights(scores, targets)
        if by_place is not None:
            losses = losses * by_place
        if losses.ndim == 1:
            return losses
        present = self.present(scores, targets).reshape(len(losses), -1)
        return per_count(
            losses.reshape(len(losses), -1).sum(axis=1), jnp.maximum(present.sum(axis=1), 1.0)
        )
