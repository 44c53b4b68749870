"""Losses that take each output as a yes or no of its own."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.training.losses.class_loss import ClassLoss, class_scores
from shoal.training.losses.loss import check_outputs, log_mean, member_mean, per_count


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelLoss(ClassLoss):
    r"""The mean over an example's labels of :math:`y_k f_1(o_k) + (1 - y_k) f_0(o_k)`.

    For several labels, targets of shape (batch, labels) are 1 for yes, 0 for no,
    and negative where it is not known. For classes, each is held against the
    rest: yes for the true one. Of two classes that share an output, the second
    is its yes. Weights are of labels, or of the true class.
    """

    tasks: ClassVar[tuple[str, ...]] = ("classification", "multi-label")
    on_logits: ClassVar[bool] = False
    one_by_one: ClassVar[bool] = True
    probabilities: ClassVar[bool] = False

    @abstractmethod
    def if_yes(self, outputs: Array) -> Array:
        """What an output costs where the answer is yes; the same shape."""

    @abstractmethod
    def if_no(self, outputs: Array) -> Array:
        """What an output costs where the answer is no; the same shape."""

    def per_example(self, outputs: Array, targets: Array) -> Array:
        yes, counts = self._labels(outputs, targets)
        losses = yes * self.if_yes(outputs) + (1.0 - yes) * self.if_no(outputs)
        weighted = self._weighted(outputs, targets, counts)
        return per_count((weighted * losses).sum(axis=-1), jnp.maximum(counts.sum(axis=-1), 1.0))

    def averaged(self, outputs: Array, shares: Array) -> Array:
        """Outputs whose sigmoids are the members' mean probabilities, or their mean outputs."""
        if not self.probabilities:
            return member_mean(outputs, shares)
        yes = log_mean(jax.nn.log_sigmoid(outputs), shares)
        return yes - log_mean(jax.nn.log_sigmoid(-outputs), shares)

    def _labels(self, outputs: Array, targets: Array) -> tuple[Array, Array]:
        """How much each output is a yes, and 1 where that is known."""
        if targets.ndim == outputs.ndim:
            known = (targets >= 0) & (targets != self.ignore_label)
            yes = jnp.maximum(targets, 0).astype(outputs.dtype)
            return yes, known.astype(outputs.dtype)
        scores = class_scores(outputs)
        yes = self.shares(scores, targets)[..., -outputs.shape[-1] :]
        known = jnp.broadcast_to(self.present(scores, targets)[..., None], outputs.shape)
        return yes, known

    def _weighted(self, outputs: Array, targets: Array, counts: Array) -> Array:
        if targets.ndim == outputs.ndim:
            weights = self.weights(outputs)
            return counts if weights is None else counts * weights
        shares = self.shares(class_scores(outputs), targets)
        weights = self.weights(shares)
        return counts if weights is None else counts * (shares * weights).sum(-1, keepdims=True)

    def counted(self, outputs: Array, targets: Array) -> Array:
        return self._labels(outputs, targets)[1].max(axis=-1)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        super().check(task, outputs, output_shape)
        if task == "multi-label":
            check_outputs("label", outputs, output_shape)

    def readout(self, task: str, outputs: Array) -> Array:
        return outputs if task == "multi-label" else class_scores(outputs)
