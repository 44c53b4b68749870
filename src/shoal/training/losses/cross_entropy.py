"""Cross entropy, for classification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.space import Choice, Float, traced
from shoal.training.losses.loss import Loss, check_outputs
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class CrossEntropy(Loss):
    r"""Cross entropy of the softmax of the network's outputs with the true class.

    .. math:: E = -\sum_k q_k \log p_k = \log \sum_k e^{o_k} - \sum_k q_k o_k,
        \qquad p = \mathrm{softmax}(o)

    with outputs o (logits) of shape (batch, classes) and q = 1 for the true
    class; computed from the logarithm of the sum, so that nothing overflows. With
    label smoothing s, q is 1 - s for the true class and s spread evenly over all.

    Args:
        label_smoothing: s, 0 ≤ s < 1.

    Raises:
        RecipeError: the task is no classification, or the network has another
            number of outputs than there are classes.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section
    4.3.4; Szegedy et al. (2016) for label smoothing.
    """

    kind: ClassVar[str] = "cross_entropy"
    on_logits: ClassVar[bool] = True

    label_smoothing: float | Float | Choice = traced(0.0)

    def __post_init__(self) -> None:
        check_number(self.label_smoothing, "label_smoothing", low=0.0, high=1.0)

    def per_example(self, outputs: Array, targets: Array) -> Array:
        # A comparison instead of a gather: its gradient is no scatter.
        classes = jnp.arange(outputs.shape[-1], dtype=targets.dtype)
        true = jnp.where(classes[None, :] == targets[:, None], outputs, 0.0).sum(axis=-1)
        if not (isinstance(self.label_smoothing, int | float) and self.label_smoothing == 0):
            smoothing = jnp.asarray(self.label_smoothing, outputs.dtype)
            true = (1.0 - smoothing) * true + smoothing * outputs.mean(axis=-1)
        return jax.nn.logsumexp(outputs, axis=-1) - true

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        if task != "classification":
            raise RecipeError(
                "cross entropy is a loss for classification",
                where="recipe.loss",
                received=f"a task of {task}",
                hint="Use losses.SquaredError().",
            )
        check_outputs("class", outputs, output_shape)
