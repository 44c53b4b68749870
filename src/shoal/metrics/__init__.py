"""Metrics over a whole split, from sums over its batches; and objectives.

`metric.py` has the protocol, `classification.py`, `regression.py` and `segmentation.py` the
metrics, and `objective.py` the metric that a study optimizes.
"""

from shoal.metrics.classification import ByClass, class_mean, metrics_by_class
from shoal.metrics.metric import Direction, Measure, Scored, Units
from shoal.metrics.objective import (
    DIRECTIONS,
    MEASURES,
    OF_POSITIVE,
    Objective,
    epoch_measures,
    final_measures,
    measure_of,
    metric_name,
    tasks_with,
)
from shoal.metrics.sums import Scale, added, by_measure, metric_sums

__all__ = [
    "DIRECTIONS",
    "MEASURES",
    "OF_POSITIVE",
    "ByClass",
    "Direction",
    "Measure",
    "Objective",
    "Scale",
    "Scored",
    "Units",
    "added",
    "by_measure",
    "class_mean",
    "epoch_measures",
    "final_measures",
    "measure_of",
    "metric_name",
    "metric_sums",
    "metrics_by_class",
    "tasks_with",
]
