"""The task that an objective or a loss asks for, where the targets leave it open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shoal.data import Dataset, Task
from shoal.training.loss_needs import tasks_of
from shoal.training.metrics import tasks_with

_OPEN: dict[str, Task] = {"classification": "regression", "regression": "classification"}

_WHAT = {"classification": "classes", "regression": "numbers"}


def with_implied_task(data: Dataset, objective: str | None, loss: Any = None) -> Dataset:
    """The data set, as numbers or as classes if what is asked for needs them so.

    Whole numbers may be either. An objective or a loss that is for the one only decides,
    unless a task was asked for; the data set's notes then tell.

    Args:
        data: what to train on.
        objective: name of a metric.
        loss: that of the recipe; may be a choice.
    """
    other = _OPEN.get(data.task)
    if not data.guessed or other is None:
        return data
    may = loss is None or other in tasks_of(loss)  # else objective and loss contradict each other
    if may and objective is not None and _decides(tasks_with(objective), data.task, other):
        why = f"the objective {objective} is for {_WHAT[other]}"
    elif loss is not None and _decides(tasks_of(loss), data.task, other):
        why = f"the loss is for {_WHAT[other]}"
    else:
        return data
    found = data.with_task(other)
    # Still guessed: read again, the data are first what they look like.
    return replace(found, guessed=True, notes=(f"taken as {other}: {why}", *found.notes))


def _decides(tasks: set[str], task: str, other: str) -> bool:
    return task not in tasks and other in tasks
