"""Losses of labels of which any number may apply."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.losses.classification import ClassLoss, class_scores
from shoal.losses.loss import check_outputs, log_mean, member_mean, per_count
from shoal.space import Choice, Float, traced
from shoal.space.checks import check_number


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


@dataclass(frozen=True, eq=False)
class BinaryCrossEntropy(LabelLoss):
    r"""Cross entropy of the sigmoid of each output with its label, for several labels at once.

    .. math:: E = -\frac1L \sum_{k=1}^L \left( w\, y_k \log p_k + (1 - y_k) \log (1 - p_k) \right),
        \qquad p = \sigma(o), \qquad -\log p_k = \log(1 + e^{-o_k})

    Outputs o (logits) and labels y, 1 or 0, of shape (batch, labels); computed
    from the softplus, so that nothing overflows; the mean is over the labels that
    are known. For two classes that exclude each other use `CrossEntropy`. With
    label smoothing s, y becomes (1 - s) y + s / 2.

    Args:
        positive_weight: w ≥ 0, how much a yes counts.
        label_smoothing: s, 0 ≤ s < 1.
        class_weights: a weight for each label.
        ignore_label: besides negative ones, a target that is no answer.

    Raises:
        RecipeError: the task is not multi-label, the network has another number
            of outputs than there are labels, or a value is out of its bounds.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section 5.2.
    """

    kind: ClassVar[str] = "binary_cross_entropy"
    tasks: ClassVar[tuple[str, ...]] = ("multi-label",)
    on_logits: ClassVar[bool] = True
    probabilities: ClassVar[bool] = True

    positive_weight: float | Float | Choice = traced(1.0)
    label_smoothing: float | Float | Choice = traced(0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.positive_weight, "positive_weight", low=0.0)
        check_number(self.label_smoothing, "label_smoothing", low=0.0, high=1.0)

    def if_yes(self, outputs: Array) -> Array:
        return self._smoothed(self._weight(outputs) * jax.nn.softplus(-outputs),
                              jax.nn.softplus(outputs))  # fmt: skip

    def if_no(self, outputs: Array) -> Array:
        return self._smoothed(jax.nn.softplus(outputs),
                              self._weight(outputs) * jax.nn.softplus(-outputs))  # fmt: skip

    def _weight(self, outputs: Array) -> Array:
        return jnp.asarray(self.positive_weight, outputs.dtype)

    def _smoothed(self, told: Array, otherwise: Array) -> Array:
        half = 0.5 * jnp.asarray(self.label_smoothing, told.dtype)
        return (1.0 - half) * told + half * otherwise
