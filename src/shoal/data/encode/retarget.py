"""The same data with another task: ratings as numbers, counts as classes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shoal.data.encode.class_names import unnamed_classes
from shoal.data.encode.classes import class_values, name_classes
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset, Task


def retargeted(dataset: Dataset, task: Task) -> Dataset:
    """The data set with this task.

    Raises:
        DataError: the targets are not for it.
    """
    if task == dataset.task:
        return replace(dataset, guessed=False, notes=_without_guess(dataset))
    dataset = unnamed_classes(dataset)
    if task == "regression" and dataset.task == "classification" and dataset.y is not None:
        values = class_values(dataset.classes, dataset.label_type)
        if values.dtype.kind in "biuf":
            y = values.astype(np.float64)[dataset.y]
            return replace(
                dataset, task=task, y=y, classes=(), label_type=values.dtype.name,
                guessed=False, notes=_without_guess(dataset), positive=None,
            )  # fmt: skip
    if (
        task == "classification"
        and dataset.task == "regression"
        and dataset.y is not None
        and dataset.y.ndim == 1
    ):
        whole = np.array_equal(dataset.y, np.round(dataset.y))
        y = dataset.y.astype(dataset.label_type) if dataset.label_type and whole else dataset.y
        codes, names, kind = name_classes(y)
        return replace(
            dataset, task=task, y=codes, classes=names, label_type=kind,
            guessed=False, notes=_without_guess(dataset),
        )  # fmt: skip
    raise DataError(
        f"the targets are for a {task}",
        received=f"those of a {dataset.task}",
        where=dataset.name,
    )


def _without_guess(dataset: Dataset) -> tuple[str, ...]:
    """The remarks without the one on what the targets were taken for."""
    return tuple(note for note in dataset.notes if not note.startswith("taken as "))
