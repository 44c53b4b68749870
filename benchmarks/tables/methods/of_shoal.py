"""Shoal: its estimators as they come, and its default search, by trials or by time."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd

import shoal
from benchmarks.tables.methods.method import Asked, Predict, UnavailableError, of_estimator
from benchmarks.tables.sets import Problem
from shoal.errors import StudyError
from shoal.sklearn import ShoalClassifier, ShoalRegressor

LIMITS = {"shoal-search": None, "shoal-2min": 120.0, "shoal-10min": 600.0}
"""Seconds that a search may take; None: as it comes."""


def fit(method: str, problem: Problem, asked: Asked) -> Predict:
    """The method's predictions, after fitting.

    Raises:
        UnavailableError: this version of shoal has no limit of time.
    """
    if method == "shoal":
        return _estimator(problem, asked)
    return _search(problem, asked, LIMITS[method])


def _estimator(problem: Problem, asked: Asked) -> Predict:
    made = ShoalClassifier if problem.task == "classification" else ShoalRegressor
    estimator = made(random_state=asked.seed).fit(problem.x, problem.y)
    return of_estimator(estimator, problem, {"epochs": int(estimator.n_iter_)})


def _search(problem: Problem, asked: Asked, limit: float | None) -> Predict:
    """`shoal.search` of the rows to learn from; no row of them is kept for a test."""
    settings: dict[str, Any] = {} if limit is None else {"time_limit": limit}
    known = inspect.signature(shoal.search).parameters
    if not set(settings) <= set(known):
        raise UnavailableError("this version of shoal.search has no time_limit")
    data = shoal.data.Dataset.from_arrays(problem.x, problem.y, task=problem.task)
    study = shoal.search(data, seed=asked.seed, test=0.0, progress=False, **settings)
    model, product = _product(study)
    told = {"product": product, "trials": len(study.trials)}
    return Predict(lambda x: in_order(model, problem, x), told)


def in_order(model: Any, problem: Problem, x: pd.DataFrame) -> np.ndarray:
    """What a model or an ensemble predicts: numbers, or probabilities of classes from 0."""
    if problem.task == "regression":
        return np.asarray(model.predict(x), np.float64).reshape(len(x))
    order = np.argsort([int(name) for name in model.classes])
    return np.asarray(model.predict_proba(x))[:, order]


def _product(study: Any) -> tuple[Any, str]:
    """What the search hands over; of a version that does not say, its ensemble or winner."""
    if hasattr(study, "product"):
        return study.model(), study.product
    try:
        return study.best_ensemble, "ensemble"
    except StudyError:
        return study.best_model, "winner"
