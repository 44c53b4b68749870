"""Which metrics a task has, and the one that a study optimizes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from shoal.errors import RecipeError, did_you_mean
from shoal.metrics.classification import CLASS_MEASURES, LABEL_MEASURES, top
from shoal.metrics.metric import LOSS, Direction, Measure
from shoal.metrics.regression import VALUE_MEASURES
from shoal.metrics.segmentation import PIXEL_MEASURES

MEASURES: dict[str, tuple[Measure, ...]] = {
    "classification": (*CLASS_MEASURES, LOSS),
    "regression": (*VALUE_MEASURES, LOSS),
    "segmentation": (*PIXEL_MEASURES, LOSS),
    "multi-label": (*LABEL_MEASURES, LOSS),
}
"""By task, what is measured."""

DIRECTIONS: dict[str, dict[str, Direction]] = {
    task: {name: way for measure in measures for name, way in measure.directions.items()}
    for task, measures in MEASURES.items()
}
"""By task, the metrics and which way is better; the first is the objective by default."""

OF_POSITIVE = ("iou", "dice", "f1")
"""Metrics that are of the positive class where there are two."""

_TOP = re.compile("top_([1-9][0-9]{0,3})")


def metric_name(metric: str, positive: str | None) -> str:
    """What a metric is called: ``dice of '255'`` where it is of one of two classes.

    Args:
        metric: its name.
        positive: the class; None where there are not two.
    """
    return metric if positive is None or metric not in OF_POSITIVE else f"{metric} of {positive!r}"


def measure_of(task: str, metric: str) -> Measure:
    """What measures a metric of the task.

    Raises:
        RecipeError: the task has no such metric.
    """
    for measure in MEASURES[task]:
        if metric in measure.directions:
            return measure
    found = _TOP.fullmatch(metric)
    if found and task == "classification":
        return top(int(found[1]))
    known = ", ".join(DIRECTIONS[task])
    others = sorted(tasks_with(metric))
    raise RecipeError(
        f"the objective is a metric of {task}",
        expected=known,
        received=metric,
        hint=f"It is one of {' and '.join(others)}: --task {others[0]}, in Python "
        f"task={others[0]!r}, if the data are for that."
        if others
        else _near(metric, task),
    )


def _near(metric: str, task: str) -> str | None:
    """The metric that was meant, if a name is near, or is the beginning of one."""
    names = list(DIRECTIONS[task])
    near = [name for name in names if name.startswith(metric.lower())]
    return f"Did you mean {near[0]!r}?" if near else did_you_mean(metric.lower(), names)


def tasks_with(metric: str) -> set[str]:
    """The tasks that have this metric."""
    found = {task for task, ways in DIRECTIONS.items() if metric in ways}
    return found | ({"classification"} if _TOP.fullmatch(metric) else set())


def epoch_measures(task: str, metric: str | None = None) -> tuple[Measure, ...]:
    """What is measured every epoch: the usual, and what the objective needs."""
    measures = [measure for measure in MEASURES[task] if measure.usual]
    wanted = None if metric is None else measure_of(task, metric)
    if wanted and wanted.name not in {measure.name for measure in measures}:
        measures.insert(0, wanted)
    return tuple(measures)


def final_measures(task: str, classes: int, probabilities: bool) -> tuple[Measure, ...]:
    """What is measured of a finished model: everything that says something of it."""
    return tuple(
        measure
        for measure in MEASURES[task]
        if classes >= measure.least_classes and (probabilities or not measure.probabilities)
    )


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
        name = next(iter(DIRECTIONS[task])) if metric is None else metric
        return cls(name, measure_of(task, name).directions[name])

    def value(self, metrics: Mapping[str, float]) -> float:
        """The objective as a number of which less is better; infinity where it is undefined."""
        value = metrics[self.metric]
        if math.isnan(value):
            return math.inf
        if self.direction == "minimize":
            return value
        return 1.0 - value

    def metric_value(self, value: float) -> float:
        """The metric of which `value` made this number."""
        return value if self.direction == "minimize" else 1.0 - value
