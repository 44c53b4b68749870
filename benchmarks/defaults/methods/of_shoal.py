"""Shoal as it comes: `shoal.train(data)` and `shoal.search(data)`."""

from __future__ import annotations

from typing import Any

import numpy as np

import shoal
from benchmarks.defaults.methods.method import Fitted
from benchmarks.defaults.problem import Array, Problem
from shoal.data import Dataset


def fit(method: str, problem: Problem, seed: int) -> Fitted:
    """What is handed over; no row of those to learn from is kept for a test."""
    task: Any = "segmentation" if problem.kind == "mask" else "classification"
    x: Any = problem.x[problem.learn]
    data = Dataset.from_arrays(
        x.tolist() if problem.kind == "text" else x, problem.y[problem.learn], task=task,
        name=problem.name,
    )  # fmt: skip
    settings: dict[str, Any] = {"seed": seed, "test": 0.0, "progress": False}
    if len(problem.validation):
        settings["validation"] = np.searchsorted(problem.learn, problem.validation)
    if method == "shoal-train":
        model: Any = shoal.train(data, **settings)
        told = {"epochs": int(model.info["epochs"])}
    else:
        study = shoal.search(data, **settings)
        model = study.model()
        told = {"product": study.product, "trials": len(study.trials)}

    def predict(x: Array) -> Array:
        given: Any = x.tolist() if problem.kind == "text" else x
        return np.asarray(model.predict(given))

    return Fitted(predict, told)
