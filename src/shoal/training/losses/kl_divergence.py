"""Kullback-Leibler divergence, for targets that are distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import xlogy

from shoal.errors import RecipeError
from shoal.training.losses.loss import Loss, check_outputs, check_task, log_mean


@dataclass(frozen=True, eq=False)
class KLDivergence(Loss):
    r"""Kullback-Leibler divergence of the softmax of the outputs from the targets.

    .. math:: E = \sum_k t_k (\log t_k - \log p_k), \qquad p = \mathrm{softmax}(o)

    Outputs o (logits, or logarithms of probabilities, which are their own
    log-softmax) and targets t of shape (batch, n), each row of t a distribution;
    0 log 0 is 0. Targets are taken as they are, not standardized, and the model
    predicts p. With classes, t is one-hot.

    Raises:
        RecipeError: the task is neither regression nor classification, or the
            network has another number of outputs than there are targets.

    Source: Kullback and Leibler, *On information and sufficiency* (1951).
    """

    kind: ClassVar[str] = "kl_divergence"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "classification")
    on_logits: ClassVar[bool] = True
    probabilities: ClassVar[bool] = True
    standardized: ClassVar[bool] = False

    def per_example(self, outputs: Array, targets: Array) -> Array:
        if jnp.issubdtype(targets.dtype, jnp.integer):
            targets = jax.nn.one_hot(targets, outputs.shape[-1], dtype=outputs.dtype)
        gap = xlogy(targets, targets) - targets * jax.nn.log_softmax(outputs, axis=-1)
        return gap.sum(axis=-1)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        check_task(self, task)
        check_outputs("class" if task == "classification" else "target", outputs, output_shape)

    def check_targets(self, targets: np.ndarray) -> None:
        if targets.dtype.kind == "f" and not (
            (targets >= 0).all() and np.allclose(targets.sum(axis=-1), 1.0, atol=1e-3)
        ):
            raise RecipeError(
                "the Kullback-Leibler divergence is for targets that are distributions",
                where="recipe.loss",
                expected="shares from 0 that add up to 1 in each row",
                received=f"targets from {targets.min():g}, rows that add up to "
                f"{targets.sum(axis=-1).min():g} to {targets.sum(axis=-1).max():g}",
            )

    def averaged(self, outputs: Array, shares: Array) -> Array:
        """Logarithms of the members' mean distribution."""
        return log_mean(jax.nn.log_softmax(outputs, axis=-1), shares)

    def readout(self, task: str, outputs: Array) -> Array:
        return outputs if task == "classification" else jax.nn.softmax(outputs, axis=-1)
