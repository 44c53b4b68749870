"""RealMLP and TabM as pytabkit has them, with their tuned defaults.

Numbers must not be missing there: medians of the training rows stand for them, and a
missing category is one of its own.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytabkit

from benchmarks.tables.methods.method import Asked, Predict, of_estimator
from benchmarks.tables.sets import Problem

MISSING = "missing"


class Filled:
    """Fills in what is missing, by the rows it is made from."""

    def __init__(self, x: pd.DataFrame) -> None:
        numbers = x.select_dtypes(exclude="category").astype(np.float64)
        self.numbers, self.names = numbers.median(), list(x.columns)

    def __call__(self, x: pd.DataFrame) -> pd.DataFrame:
        filled = {}
        for name in self.names:
            if name in self.numbers.index:
                filled[name] = x[name].astype(np.float64).fillna(self.numbers[name])
            else:
                filled[name] = x[name].astype(object).where(x[name].notna(), MISSING).astype(str)
        return pd.DataFrame(filled)


def fit(method: str, problem: Problem, asked: Asked) -> Predict:
    """The method's predictions, after fitting."""
    name = {"realmlp": "RealMLP_TD", "tabm": "TabM_D"}[method]
    kind = "Classifier" if problem.task == "classification" else "Regressor"
    made = getattr(pytabkit, f"{name}_{kind}")
    estimator = made(device="cpu", random_state=asked.seed, n_threads=asked.threads)
    filled = Filled(problem.x)
    categories = [c for c in problem.x.columns if c not in filled.numbers.index]
    estimator.fit(filled(problem.x), problem.y, cat_col_names=categories)
    predict = of_estimator(estimator, problem, {})
    return Predict(lambda x: predict.function(filled(x)), predict.told)
