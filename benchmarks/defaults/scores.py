"""Scores of predictions, and the one by which methods are compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.metrics import f1_score

from benchmarks.defaults.problem import Array, Problem

ACCURACY, F1, IOU, DICE = "accuracy", "f1", "iou", "dice"


def scores(problem: Problem, predicted: Array) -> dict[str, float]:
    """Of classes the accuracy, of two also F1 of the rarer one; of masks IoU and Dice.

    Of two classes of pixels IoU and Dice are of the rarer one, of more the means over all;
    pixels of all pictures are counted together.

    Args:
        problem: with the true classes.
        predicted: of its test rows, of the same shape as the true ones.

    Raises:
        ValueError: the predictions are of another shape, or no classes.
    """
    true = problem.y[problem.test]
    if predicted.shape != true.shape or not np.isin(predicted, np.arange(problem.classes)).all():
        raise ValueError(f"predictions must be classes of shape {true.shape}")
    rarer = int(np.bincount(problem.y[problem.learn].ravel(), minlength=2).argmin())
    if problem.kind == "mask":
        told = [rarer] if problem.classes == 2 else list(range(problem.classes))
        found = [_overlap(true == one, predicted == one) for one in told]
        iou, dice = (float(np.mean(each)) for each in zip(*found, strict=True))
        return {IOU: iou, DICE: dice}
    of_rarer = (
        {F1: float(f1_score(true, predicted, pos_label=rarer))} if problem.classes == 2 else {}
    )
    return {ACCURACY: float((true == predicted).mean()), **of_rarer}


def score(found: Mapping[str, float]) -> float:
    """What ranks; more is better."""
    return found[IOU] if IOU in found else found[ACCURACY]


def _overlap(true: Array, predicted: Array) -> tuple[float, float]:
    both, either = float((true & predicted).sum()), float((true | predicted).sum())
    if either == 0:
        return 1.0, 1.0
    return both / either, 2 * both / (both + either)
