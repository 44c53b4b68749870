"""Metrics: what is reported, computed over a whole split from sums over its batches."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import RecipeError

Direction = Literal["minimize", "maximize"]

DIRECTIONS: dict[str, dict[str, Direction]] = {
    "classification": {"accuracy": "maximize", "loss": "minimize"},
    "regression": {"rmse": "minimize", "mae": "minimize", "r2": "maximize", "loss": "minimize"},
}
"""By task, the metrics and which way is better; the first is the objective by default."""


def metric_sums(
    task: str, outputs: Array, targets: Array, losses: Array, weight: Array
) -> dict[str, Array]:
    """What a batch adds to the sums from which the metrics of a split are made.

    Args:
        task: ``classification`` or ``regression``.
        outputs: shape (batch, outputs).
        targets: classes of shape (batch,) or values of shape (batch, outputs).
        losses: loss of each example, shape (batch,).
        weight: 1 for an example, 0 for padding, shape (batch,).
    """
    sums = {"loss": jnp.sum(losses * weight)}
    if task == "classification":
        right = jnp.argmax(outputs, axis=-1).astype(targets.dtype) == targets
        return {**sums, "correct": jnp.sum(jnp.where(right, weight, 0.0))}
    error = (outputs - targets) * weight[:, None]
    return {
        **sums,
        "squared": jnp.square(error).sum(axis=0),
        "absolute": jnp.abs(error).sum(axis=0),
    }


@dataclass(frozen=True)
class Scale:
    """What turns sums over standardized targets into metrics in the user's units.

    Attributes:
        task: ``classification`` or ``regression``.
        count: examples in the split.
        target_scale: for each target, how many of its units a standardized 1 is.
        target_variance: for each target, its variance over the split, standardized.
    """

    task: str
    count: int
    target_scale: np.ndarray
    target_variance: np.ndarray

    @classmethod
    def of(cls, task: str, targets: np.ndarray, target_scale: np.ndarray) -> Scale:
        """The scale of a split with these standardized targets."""
        variance = np.ones(1)
        if task == "regression":
            variance = targets.astype(np.float64).var(axis=0)
        return cls(task, len(targets), np.asarray(target_scale, np.float64), variance)

    def metrics(self, sums: Mapping[str, np.ndarray]) -> dict[str, float]:
        r"""The metrics by name.

        Classification: ``accuracy`` and the mean ``loss``. Regression: ``rmse``
        :math:`\sqrt{\overline{(o-t)^2}}` and ``mae`` in the targets' units (the mean
        over several targets), ``r2`` :math:`1 - \sum (o-t)^2 / \sum (t-\bar t)^2`,
        and the mean ``loss`` over standardized targets.
        """
        n = max(self.count, 1)
        values = {"loss": float(sums["loss"]) / n}
        if self.task == "classification":
            return {"accuracy": float(sums["correct"]) / n, **values}
        squared = np.asarray(sums["squared"], np.float64) / n
        absolute = np.asarray(sums["absolute"], np.float64) / n
        with np.errstate(divide="ignore", invalid="ignore"):
            r2 = np.where(self.target_variance > 0, 1 - squared / self.target_variance, np.nan)
        return {
            "rmse": float(np.mean(np.sqrt(squared) * self.target_scale)),
            "mae": float(np.mean(absolute * self.target_scale)),
            "r2": float(np.mean(r2)),
            **values,
        }


@dataclass(frozen=True)
class Objective:
    """The metric that a study optimizes, and which way is better."""

    metric: str
    direction: Direction

    @classmethod
    def of(cls, task: str, metric: str | None = None) -> Objective:
        """The objective of this name, or the task's usual one.

        Raises:
            RecipeError: the task has no such metric.
        """
        known = DIRECTIONS[task]
        name = next(iter(known)) if metric is None else metric
        if name not in known:
            raise RecipeError(
                f"the objective is a metric of {task}", expected=", ".join(known), received=name
            )
        return cls(name, known[name])

    def value(self, metrics: Mapping[str, float]) -> float:
        """The objective as a number of which less is better; infinity where it is undefined."""
        value = metrics[self.metric]
        if math.isnan(value):
            return math.inf
        if self.direction == "minimize":
            return value
        return 1.0 - value
