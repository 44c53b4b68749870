"""Metrics of each class, for a finished model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shoal.training.metrics.measure import Measure, Sums

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
