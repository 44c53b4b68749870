"""The protocol of metrics: sums over batches, and what is made of them in the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from shoal.training.metrics.scored import Scored

Direction = Literal["minimize", "maximize"]

Sums = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Units:
    """What turns sums over standardized targets into what the user wants to know.

    Attributes:
        scale: for each target, how many of its units a standardized 1 is.
        variance: for each target, its variance over the split, standardized.
        positive: of two classes, the place of the one that IoU, Dice and F1 are of.
    """

    scale: np.ndarray
    variance: np.ndarray
    positive: int = 1


@dataclass(frozen=True)
class Measure:
    """Metrics that are made of the same sums over a split.

    Attributes:
        name: tells its sums from those of others.
        directions: its metrics, and which way is better.
        sums: what a batch adds.
        metrics: the metrics, from the sums over the whole split.
        usual: whether it is computed every epoch; else only where it is the
            objective, and for a finished model.
        whole: whether it is no sum but keeps something of each example.
        probabilities: whether it is of probabilities, which some losses do not give.
        least_classes: classes that it needs to say anything.
        of_classes: what can be told of each class, from the sums over the whole split:
            arrays of shape (classes,), NaN where there is nothing to tell.
    """

    name: str
    directions: Mapping[str, Direction]
    sums: Callable[[Scored], dict[str, Any]]
    metrics: Callable[[Sums, Units], dict[str, float]]
    usual: bool = True
    whole: bool = False
    probabilities: bool = False
    least_classes: int = 0
    of_classes: Mapping[str, Callable[[Sums], np.ndarray]] = field(default_factory=dict)


def ratio(over: Any, under: Any) -> Any:
    """A quotient; 0 where there is nothing to divide by."""
    under = np.asarray(under, np.float64)
    return np.asarray(over, np.float64) / np.where(under > 0, under, np.inf)


def share(over: Any, under: Any) -> float:
    """One number of `ratio`; every lane asks for some after every epoch."""
    whole = float(under)
    return float(over) / (whole if whole > 0 else math.inf)
