"""Cross entropy of labels of which any number may apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, Float, traced
from shoal.training.losses.label_loss import LabelLoss
from shoal.training.validity import check_number


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
