"""Of two classes the one that IoU, Dice and F1 are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shoal.data.class_values import class_values
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset


def checked_positive(dataset: Dataset, positive: Any) -> str | None:
    """The name of the class that was asked for; None if none was.

    Raises:
        DataError: it is none of the classes, or there are not two.
    """
    if positive is None:
        return None
    if dataset.task not in ("classification", "segmentation") or len(dataset.classes) != 2:
        raise DataError(
            "one class is the positive one where there are two",
            expected="a classification or segmentation into two classes",
            received=f"{dataset.task} into {len(dataset.classes)} classes",
            where=dataset.name,
        )
    values = class_values(dataset.classes, dataset.label_type).tolist()
    for name, value in zip(dataset.classes, values, strict=True):
        if positive == value or str(positive) == name:
            return name
    for name, label in zip(dataset.classes, dataset.class_labels, strict=False):
        if str(positive) == label:
            return name
    raise DataError(
        "the positive class is one of the two",
        expected=" or ".join(map(repr, dataset.classes)),
        received=repr(positive),
        where=dataset.name,
    )


def rarer(y: npt.NDArray[Any]) -> int:
    """Of the classes 0 and 1 the one that is rarer among these targets; of equal ones 1."""
    return 0 if np.count_nonzero(y == 0) < np.count_nonzero(y == 1) else 1
