"""Metrics of segmentation."""

from __future__ import annotations

from shoal.training.metrics.measure import Measure, Sums, Units
from shoal.training.metrics.region_counts import accuracy, class_counts, dice, iou


def _metrics(sums: Sums, units: Units) -> dict[str, float]:
    return {"iou": iou(sums), "dice": dice(sums), "pixel_accuracy": accuracy(sums)}


PIXEL_MEASURES = (
    Measure(
        "pixels",
        {"iou": "maximize", "dice": "maximize", "pixel_accuracy": "maximize"},
        class_counts,
        _metrics,
    ),
)
"""Metrics of segmentation, over the labeled pixels of all images together.

``iou``: intersection over union, hits / (found + true - hits); ``dice``: 2 hits /
(found + true). Of two classes for the second, the foreground; of more the mean over
the classes that are there or found. Where there is no foreground at all, and none is
found, both are 0. ``pixel_accuracy``: the share of pixels whose class has the highest
score.
"""
