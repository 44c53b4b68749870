"""What fitting a method is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.tables.sets import Problem


@dataclass(frozen=True)
class Asked:
    """How a method is fitted.

    Attributes:
        seed: of everything that is drawn.
        threads: processors that it may use.
    """

    seed: int
    threads: int


@dataclass(frozen=True)
class Predict:
    """A fitted method.

    Attributes:
        function: from inputs to numbers of shape (n,), or probabilities of shape
            (n, classes), classes from 0.
        told: what is worth telling of it, as plain data.
    """

    function: Callable[[pd.DataFrame], np.ndarray]
    told: Mapping[str, Any] = field(default_factory=dict)


class UnavailableError(RuntimeError):
    """The method cannot run here: what it needs is missing."""


class LeftOutError(RuntimeError):
    """There is nothing to be done for this problem."""


def of_estimator(estimator: Any, problem: Problem, told: Mapping[str, Any]) -> Predict:
    """A fitted estimator of scikit-learn's kind.

    Raises:
        ValueError: it has not seen all classes.
    """
    if problem.task == "regression":
        return Predict(lambda x: np.asarray(estimator.predict(x)).reshape(len(x)), told)
    if list(estimator.classes_) != list(range(int(problem.y.max()) + 1)):
        raise ValueError("the classes of the estimator are not those of the problem")
    return Predict(lambda x: np.asarray(estimator.predict_proba(x)), told)
