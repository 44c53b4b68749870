"""scikit-learn's logistic regression: on scaled pixels, and on TF-IDF of words and pairs.

Its penalty is chosen on the validation rows, and it is not fitted again on them: what trains
a network is what fits it.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from benchmarks.defaults.methods.method import Fitted
from benchmarks.defaults.problem import Array, Problem

PIXELS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
TEXTS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Strengths C that are tried."""

LARGE = 10_000
"""From so many rows on the penalty is chosen on a part of them."""


def fit(method: str, problem: Problem, seed: int) -> Fitted:
    """The method's predictions, after fitting."""
    train, validation = problem.steering
    x, y = problem.x, problem.y
    strengths = PIXELS if method == "logistic" else TEXTS
    some = train if len(train) <= LARGE else np.random.RandomState(seed).choice(train, LARGE, False)
    found: dict[float, float] = {}
    best: Any = None
    for strength in strengths:
        fitted = _pipeline(method, strength)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted.fit(x[some], y[some])
        found[strength] = float(fitted.score(x[validation], y[validation]))
        best = fitted if found[strength] == max(found.values()) else best
    chosen = max(found, key=lambda strength: found[strength])
    if len(some) < len(train):
        best = _pipeline(method, chosen)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            best.fit(x[train], y[train])
    return Fitted(lambda x: np.asarray(best.predict(x)), {"C": chosen, "validation": found[chosen]})


def _pipeline(method: str, strength: float) -> Any:
    last = LogisticRegression(C=strength, max_iter=300 if method == "logistic" else 2000)
    if method == "logistic":
        return make_pipeline(FunctionTransformer(_flat), StandardScaler(), last)
    return make_pipeline(TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)), last)


def _flat(x: Array) -> Array:
    flat: Array = x.reshape(len(x), -1).astype(np.float32)
    return flat
