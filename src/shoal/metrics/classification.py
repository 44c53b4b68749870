"""Metrics of classification, of classes and of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shoal.metrics.metric import Measure, Scored, Sums, Units, ratio, share
from shoal.metrics.segmentation import (
    class_counts,
    dice_by_class,
    one_or_mean,
    precision_by_class,
    recall_by_class,
    recall_mean,
)


def area_under_curve(scores: np.ndarray, yes: np.ndarray, weight: np.ndarray) -> float:
    """The chance that a yes has a higher score than a no; of equal ones it is half.

    Args:
        scores: shape (n,).
        yes: whether the answer is yes, shape (n,).
        weight: how much each counts, 0: not at all; shape (n,).

    Returns:
        the area; NaN unless there are both answers.

    Source: Hanley and McNeil, *The meaning and use of the area under a receiver
    operating characteristic (ROC) curve* (1982).
    """
    there = weight > 0
    if not np.isfinite(scores[there]).all():
        return float("nan")
    _, level = np.unique(scores[there], return_inverse=True)
    weight = weight[there].astype(np.float64)
    yeses = np.bincount(level, weight * yes[there])
    noes = np.bincount(level, weight * ~yes[there], minlength=len(yeses))
    below = np.cumsum(noes) - noes
    pairs = yeses.sum() * noes.sum()
    return float((yeses * (below + noes / 2.0)).sum() / pairs) if pairs > 0 else float("nan")


CALIBRATION_BINS = 15
"""Bins of equal width in which confidence is held against accuracy, as in Guo et al. (2017)."""


def _right(batch: Scored) -> dict[str, Any]:
    right = batch.outputs.argmax(axis=-1).astype(batch.targets.dtype) == batch.targets
    return {"right": batch.total(batch.weight, right), "weight": batch.weight.sum()}


def _accuracy(sums: Sums, units: Units) -> dict[str, float]:
    return {"accuracy": share(sums["right"], sums["weight"])}


def _by_class(sums: Sums, units: Units) -> dict[str, float]:
    return {
        "balanced_accuracy": recall_mean(sums),
        "f1": one_or_mean(dice_by_class(sums), units.positive),
    }


def _each_score(batch: Scored) -> dict[str, Any]:
    """What ranks an example for each class: of two the margin, of more the probability."""
    scores = batch.log_probabilities() if batch.probabilities else batch.outputs
    if scores.shape[-1] == 2:
        scores = batch.outputs[:, 1:] - batch.outputs[:, :1]
    return {"scores": scores, "targets": batch.targets, "weight": batch.weight}


def _area(sums: Sums, units: Units) -> dict[str, float]:
    scores, targets, weight = sums["scores"], sums["targets"], sums["weight"]
    classes = [1] if scores.shape[-1] == 1 else range(scores.shape[-1])
    areas = [
        area_under_curve(column, targets == k, weight)
        for k, column in zip(classes, scores.T, strict=True)
    ]
    known = [area for area in areas if not np.isnan(area)]
    return {"auc": float(np.mean(known)) if known else float("nan")}


def _log_loss(batch: Scored) -> dict[str, Any]:
    total = (batch.weight * -batch.at_class(batch.log_probabilities())).sum()
    return {"total": total, "weight": batch.weight.sum()}


def _mean_log_loss(sums: Sums, units: Units) -> dict[str, float]:
    return {"log_loss": share(sums["total"], sums["weight"])}


def _confidence(batch: Scored) -> dict[str, Any]:
    sure = batch.np.exp(batch.log_probabilities().max(axis=-1))
    right = batch.outputs.argmax(axis=-1).astype(batch.targets.dtype) == batch.targets
    bins = batch.np.arange(CALIBRATION_BINS, dtype=sure.dtype)[None, :]
    at = batch.np.clip(batch.np.ceil(sure * CALIBRATION_BINS) - 1, 0, CALIBRATION_BINS - 1)
    inside = at[:, None] == bins
    return {
        "sure": batch.total((batch.weight * sure)[:, None], inside, 0),
        "right": batch.total(batch.weight[:, None], inside & right[:, None], 0),
        # A confidence that is no number is in no bin: here it stays visible.
        "all": (batch.weight * sure).sum(),
        "weight": batch.weight.sum(),
    }


def _calibration(sums: Sums, units: Units) -> dict[str, float]:
    if np.isnan(sums["all"]):
        return {"calibration_error": float("nan")}
    gaps = np.abs(sums["sure"].astype(np.float64) - sums["right"])
    return {"calibration_error": float(ratio(gaps.sum(), sums["weight"]))}


def top(k: int) -> Measure:
    """``top_k``: the share of examples whose class is among the k highest scores."""

    def sums(batch: Scored) -> dict[str, Any]:
        own = batch.at_class(batch.outputs)[:, None]
        classes = batch.np.arange(batch.outputs.shape[-1], dtype=batch.targets.dtype)[None, :]
        # Of equal scores the lower class is first, as argmax has it. Those behind are
        # counted, not those before: a score that is no number is behind nothing.
        behind = (batch.outputs < own) | (
            (batch.outputs == own) & (classes > batch.targets[:, None])
        )
        right = behind.sum(axis=-1) >= batch.outputs.shape[-1] - k
        return {"right": batch.total(batch.weight, right), "weight": batch.weight.sum()}

    def metrics(sums: Sums, units: Units) -> dict[str, float]:
        return {f"top_{k}": share(sums["right"], sums["weight"])}

    name = f"top_{k}"
    return Measure(name, {name: "maximize"}, sums, metrics, usual=False, least_classes=k + 1)


CLASS_MEASURES = (
    Measure("accuracy", {"accuracy": "maximize"}, _right, _accuracy),
    Measure(
        "by_class", {"balanced_accuracy": "maximize", "f1": "maximize"},
        class_counts, _by_class, usual=False,
        of_classes={
            "precision": precision_by_class, "recall": recall_by_class, "f1": dice_by_class,
        },
    ),
    top(3),
    top(5),
    Measure("auc", {"auc": "maximize"}, _each_score, _area, usual=False, whole=True),
    Measure(
        "log_loss", {"log_loss": "minimize"}, _log_loss, _mean_log_loss,
        usual=False, probabilities=True,
    ),
    Measure(
        "calibration", {"calibration_error": "minimize"}, _confidence, _calibration,
        usual=False, probabilities=True,
    ),
)  # fmt: skip
"""Metrics of classification.

``accuracy``: the share of examples whose class has the highest score.
``balanced_accuracy``: the mean over classes of the share of each that is found.
``f1``: 2 hits / (found + true); of two classes for the positive one, that is the
one that was asked for, or else the rarer one of the training split; of more the mean
over classes. ``top_k``: the share of examples whose class is among the k highest
scores; any k can be the objective. ``auc``: area under
the receiver's curve, exact, from the ranks of all examples; of more than two
classes the mean of each against the rest. ``log_loss``: mean of -log p of the true
class. ``calibration_error``: expected calibration error of the highest
probability in 15 bins of equal width.

A class that does not occur counts in none of the means over classes; in ``f1`` it
does where it is found. Where only one class occurs ``auc`` is no number.

Source: Fawcett, *An introduction to ROC analysis* (2006); Guo et al., *On
calibration of modern neural networks* (2017), equation 3.
"""


def _counts(batch: Scored) -> dict[str, Any]:
    known = batch.targets >= 0
    weight = batch.weight[:, None]
    found, true = batch.outputs > 0, batch.targets > 0
    right = ((found == true) | ~known).all(axis=-1)
    return {
        "hit": batch.total(weight, known & found & true, 0),
        "either": batch.total(weight, known & found, 0) + batch.total(weight, true, 0),
        "right": batch.total(weight, known & (found == true)),
        "known": batch.total(weight, known),
        "all_right": batch.total(batch.weight, right & known.any(axis=-1)),
        "weight": batch.total(batch.weight, known.any(axis=-1)),
    }


def _metrics(sums: Sums, units: Units) -> dict[str, float]:
    return {
        "f1": float(ratio(2.0 * sums["hit"], sums["either"]).mean()),
        "label_accuracy": float(ratio(sums["right"], sums["known"])),
        "exact_accuracy": float(ratio(sums["all_right"], sums["weight"])),
    }


def _label_scores(batch: Scored) -> dict[str, Any]:
    return {"scores": batch.outputs, "targets": batch.targets, "weight": batch.weight}


def _label_areas(sums: Sums, units: Units) -> dict[str, float]:
    columns = zip(sums["scores"].T, sums["targets"].T, strict=True)
    areas = [
        area_under_curve(scores, targets > 0, np.where(targets >= 0, sums["weight"], 0.0))
        for scores, targets in columns
    ]
    known = [area for area in areas if not np.isnan(area)]
    return {"auc": float(np.mean(known)) if known else float("nan")}


def _label_log_loss(batch: Scored) -> dict[str, Any]:
    known, weight = batch.targets >= 0, batch.weight[:, None]
    yes, no = batch.log_sigmoids()
    told = batch.np.where(batch.targets > 0, yes, no)
    return {
        "total": batch.total(-weight * told, known),
        "weight": batch.total(weight, known),
    }


def _mean_label_log_loss(sums: Sums, units: Units) -> dict[str, float]:
    return {"log_loss": float(ratio(sums["total"], sums["weight"]))}


LABEL_MEASURES = (
    Measure(
        "labels",
        {"f1": "maximize", "label_accuracy": "maximize", "exact_accuracy": "maximize"},
        _counts, _metrics,
    ),
    Measure("auc", {"auc": "maximize"}, _label_scores, _label_areas, usual=False, whole=True),
    Measure(
        "log_loss", {"log_loss": "minimize"}, _label_log_loss, _mean_label_log_loss,
        usual=False, probabilities=True,
    ),
)  # fmt: skip
"""Metrics of several labels, over those that are known; a label is predicted where its
output is above 0.

``f1``: 2 hits / (found + true), the mean over labels. ``label_accuracy``: the share of
labels that are right. ``exact_accuracy``: the share of examples with no label wrong.
``auc``: the mean over labels, exact. ``log_loss``: the mean over labels of -log of the
probability of what is the case. An example of which no label is known counts nowhere; a
label that never applies and is never predicted has ``f1`` 0, and no ``auc``.
"""


ByClass = dict[str, dict[str, float]]
"""By metric, its value for each class by name; NaN where there is nothing to tell."""


def metrics_by_class(
    measures: Sequence[Measure], sums: Mapping[str, Sums], classes: Sequence[str]
) -> ByClass:
    """What these measures tell of each class, from their sums over a whole split.

    Args:
        measures: what was measured.
        sums: by measure.
        classes: names.
    """
    return {
        metric: dict(zip(classes, of_class(sums[measure.name]).tolist(), strict=True))
        for measure in measures
        for metric, of_class in measure.of_classes.items()
    }


def class_mean(values: Mapping[str, float]) -> float:
    """The mean over the classes that there is something to tell of; NaN if of none."""
    known = [value for value in values.values() if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
