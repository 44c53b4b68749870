"""Metrics of segmentation, from counts of right and wrong by class."""

from __future__ import annotations

from typing import Any

import numpy as np

from shoal.metrics.metric import Measure, Scored, Sums, Units, ratio


def class_counts(batch: Scored) -> dict[str, Any]:
    """By class, the weight of what is of it and found, of what is found, and of what is of it.

    A place whose class is not known, that is none of those that the outputs
    tell apart, counts nowhere.

    Returns:
        ``hit``, ``found`` and ``true``, each of shape (classes,).
    """
    classes = batch.np.arange(batch.outputs.shape[-1], dtype=batch.targets.dtype)
    each = classes.reshape((1,) * batch.targets.ndim + (-1,))
    known = (batch.targets >= 0) & (batch.targets < len(classes))
    weight = batch.weight.reshape((-1,) + (1,) * (batch.targets.ndim - 1))
    weight = batch.np.where(known, weight, batch.np.zeros_like(weight))[..., None]
    predicted = batch.outputs.argmax(axis=-1).astype(batch.targets.dtype)
    found, true = predicted[..., None] == each, batch.targets[..., None] == each
    places = tuple(range(batch.targets.ndim))
    return {
        "hit": batch.total(weight, found & true, places),
        "found": batch.total(weight, found, places),
        "true": batch.total(weight, true, places),
    }


def accuracy(sums: Sums) -> float:
    """The share that is right."""
    return float(ratio(sums["hit"].sum(), sums["true"].sum()))


def recall_by_class(sums: Sums) -> np.ndarray:
    """The share of each class that is found; NaN where there is none."""
    return np.where(sums["true"] > 0, ratio(sums["hit"], sums["true"]), np.nan)


def precision_by_class(sums: Sums) -> np.ndarray:
    """Of what is found to be of each class, the share that is; NaN where nothing is found."""
    return np.where(sums["found"] > 0, ratio(sums["hit"], sums["found"]), np.nan)


def recall_mean(sums: Sums) -> float:
    """The mean over the classes that occur of the share of each that is found."""
    return _mean(recall_by_class(sums), sums["true"] > 0)


def dice_by_class(sums: Sums) -> np.ndarray:
    """2 hits / (found + true) of each class, also called F1; NaN where neither is any."""
    either = sums["found"] + sums["true"]
    return np.where(either > 0, ratio(2.0 * sums["hit"], either), np.nan)


def iou_by_class(sums: Sums) -> np.ndarray:
    """Hits / union of each class; NaN where there is none and none is found."""
    union = sums["found"] + sums["true"] - sums["hit"]
    return np.where(union > 0, ratio(sums["hit"], union), np.nan)


def one_or_mean(values: np.ndarray, positive: int) -> float:
    """Of two classes the value of the positive one, of more the mean over those that are there."""
    chosen = values[positive : positive + 1] if len(values) == 2 else values
    return _mean(chosen, ~np.isnan(chosen))


def _mean(values: np.ndarray, there: np.ndarray) -> float:
    return float(values[there].mean()) if there.any() else 0.0


def _metrics(sums: Sums, units: Units) -> dict[str, float]:
    return {
        "iou": one_or_mean(iou_by_class(sums), units.positive),
        "dice": one_or_mean(dice_by_class(sums), units.positive),
        "pixel_accuracy": accuracy(sums),
    }


PIXEL_MEASURES = (
    Measure(
        "pixels",
        {"iou": "maximize", "dice": "maximize", "pixel_accuracy": "maximize"},
        class_counts,
        _metrics,
        of_classes={"iou": iou_by_class, "dice": dice_by_class},
    ),
)
"""Metrics of segmentation, over the labeled pixels of all images together.

``iou``: intersection over union, hits / (found + true - hits); ``dice``: 2 hits /
(found + true). Of two classes for the positive one, that is the one that was asked for,
or else the rarer one of the training split; of more the mean over the classes that are
there or found. Where there is nothing of the positive class, and none is found, both
are 0. ``pixel_accuracy``: the share of pixels whose class has the highest
score.
"""
