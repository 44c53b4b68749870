"""Scores of predictions, and the one error by which methods are ranked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, root_mean_squared_error

from benchmarks.tables.sets import Problem

RMSE, ACCURACY, LOG_LOSS = "rmse", "accuracy", "log_loss"


def scores(problem: Problem, predicted: np.ndarray) -> dict[str, float]:
    """Root mean squared error of numbers; accuracy and log loss of probabilities.

    Args:
        problem: with the true targets.
        predicted: numbers of shape (n,), or probabilities of shape (n, classes).

    Raises:
        ValueError: the predictions are of another shape, or not finite.
    """
    classes = int(problem.y.max()) + 1
    shape = (len(problem.y),) if problem.task == "regression" else (len(problem.y), classes)
    if np.shape(predicted) != shape or not np.isfinite(predicted).all():
        raise ValueError(f"predictions must be finite and of shape {shape}")
    if problem.task == "regression":
        return {RMSE: float(root_mean_squared_error(problem.y, predicted))}
    return {
        ACCURACY: float(accuracy_score(problem.y, predicted.argmax(axis=1))),
        LOG_LOSS: float(log_loss(problem.y, predicted, labels=np.arange(classes))),
    }


def error(found: Mapping[str, float]) -> float:
    """What ranks: the root mean squared error, or of classes the share of wrong ones."""
    return found[RMSE] if RMSE in found else 1.0 - found[ACCURACY]
