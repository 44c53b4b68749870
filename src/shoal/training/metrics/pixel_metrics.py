"""Metrics of segmentation."""

from __future__ import annotations

from shoal.training.metrics.measure import Measure, Sums, Units
from shoal.training.metrics.region_counts import (
    accuracy,
    class_counts,
    dice_by_class,
    iou_by_class,
    one_or_mean,
)


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
