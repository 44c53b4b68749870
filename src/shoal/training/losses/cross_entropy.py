"""Cross entropy, for classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels import LabelCosts, cross_entropy
from shoal.space import Choice, Float, traced
from shoal.training.losses.place_loss import PlaceLoss
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class CrossEntropy(PlaceLoss):
    r"""Cross entropy of the softmax of the network's outputs with the true class.

    .. math:: E = -\sum_k w_k q_k \log p_k, \qquad p = \mathrm{softmax}(o), \qquad
        -\log p_k = \log \sum_j e^{o_j} - o_k

    with outputs o (logits) of shape (batch, classes), or (batch, height, width,
    classes) and then the mean over pixels; q = 1 for the true class, or the
    classes' shares if the targets are one-hot or mixed; computed from the
    logarithm of the sum, so that nothing overflows. Two classes may share one
    output o: p = σ(o) is then the probability of the second. With label smoothing
    s, q is (1 - s) q plus s spread evenly over all.

    Args:
        label_smoothing: s, 0 ≤ s < 1.
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task has no classes, the network has another number of
            outputs than there are classes, or a value is out of its bounds.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section
    4.3.4; Szegedy et al. (2016) for label smoothing.
    """

    kind: ClassVar[str] = "cross_entropy"

    label_smoothing: float | Float | Choice = traced(0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.label_smoothing, "label_smoothing", low=0.0, high=1.0)

    def shares(self, scores: Array, targets: Array) -> Array:
        hot = super().shares(scores, targets)
        if isinstance(self.label_smoothing, int | float) and self.label_smoothing == 0:
            return hot
        smoothing = jnp.asarray(self.label_smoothing, scores.dtype)
        present = self.present(scores, targets)[..., None]
        return (1.0 - smoothing) * hot + smoothing / scores.shape[-1] * present

    def at_places(self, scores: Array, targets: Array) -> Array:
        if targets.ndim == scores.ndim:
            return super().at_places(scores, targets)
        classes = scores.shape[-1]
        of = self.label_costs(targets.reshape(-1), classes)
        costs = cross_entropy(
            scores.reshape(-1, classes), of.labels, smoothing=of.smoothing, weights=of.classes
        )
        return costs.reshape(targets.shape)

    def is_label_cost(self, targets: Array, classes: int) -> bool:
        # Of two classes that share one output the kernel knows nothing.
        return targets.ndim == 1 and classes > 1

    def label_costs(self, targets: Array, classes: int) -> LabelCosts:
        labels = jnp.where(targets == self.ignore_label, -1, targets)
        counts = ((labels >= 0) & (labels < classes)).astype(jnp.float32)
        weights = self.weights(counts)
        s = self.label_smoothing
        return LabelCosts(
            labels,
            counts,
            smoothing=None if isinstance(s, int | float) and s == 0 else jnp.asarray(s),
            classes=None if weights is None else weights.reshape(-1),
        )

    def costs(self, scores: Array) -> Array:
        return jax.nn.logsumexp(scores, axis=-1, keepdims=True) - scores
