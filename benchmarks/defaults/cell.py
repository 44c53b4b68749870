"""One method on one split of one set, in a process that answers in JSON.

The data come as a file, so that the same module runs in an environment of PyTorch that has
no shoal.
"""

from __future__ import annotations

import importlib
import time
import warnings
from typing import Any

import numpy as np

from benchmarks.defaults.methods.table import METHODS
from benchmarks.defaults.problem import Problem
from benchmarks.defaults.scores import scores
from benchmarks.process import serve, versions

TOLD_VERSIONS = ("scikit-learn", "torch", "jax", "numpy")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fits on the rows to learn from, predicts the others, scores; or says what failed."""
    try:
        return _answer(request)
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    method = METHODS[request["method"]]
    try:
        module = importlib.import_module(method.module)
    except ImportError as error:
        return {"unavailable": str(error)}
    problem = Problem.load(request["data"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        fitted = module.fit(request["method"], problem, request["split"])
        fitting = time.perf_counter() - start
        predicted = np.asarray(fitted.function(problem.x[problem.test]))
    return {
        "kind": problem.kind,
        "scores": scores(problem, predicted),
        "seconds": round(fitting, 3),
        "predict_seconds": round(time.perf_counter() - start - fitting, 4),
        "rows": [len(problem.learn), len(problem.test)],
        "test_rows": problem.fingerprint(),
        "versions": versions(TOLD_VERSIONS),
        "told": dict(fitted.told),
    }


if __name__ == "__main__":
    serve(answer)
