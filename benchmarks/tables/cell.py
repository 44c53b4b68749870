"""One method on one split of one set, in a process that answers in JSON.

Only what the method needs is imported, so that the same file runs in pytabkit's
environment, which has no shoal.
"""

from __future__ import annotations

import importlib
import time
import warnings
from functools import lru_cache
from typing import Any

from benchmarks.process import serve, versions
from benchmarks.tables.methods.method import Asked, LeftOutError, UnavailableError
from benchmarks.tables.methods.table import method_of
from benchmarks.tables.parts import digest, parts
from benchmarks.tables.scores import scores
from benchmarks.tables.sets import Problem, read

TOLD_VERSIONS = ("scikit-learn", "pytabkit", "torch", "jax", "numpy")

kept = lru_cache(maxsize=1)(read)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fits on the rows to learn from, predicts the others, scores; or says what failed."""
    try:
        return _answer(request)
    except UnavailableError as error:
        return {"unavailable": str(error)}
    except LeftOutError as error:
        return {"left_out": str(error)}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    method = method_of(request["method"])
    try:
        module = importlib.import_module(method.module)
    except ImportError as error:
        raise UnavailableError(str(error)) from error
    learn, test, rows = asked_rows(request)
    asked = Asked(seed=request["split"], threads=request["threads"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        fitted = module.fit(request["method"], learn, asked)
        fitting = time.perf_counter() - start
        predicted = fitted.function(test.x)
    predicting = time.perf_counter() - start - fitting
    return {
        "task": learn.task,
        "scores": scores(test, predicted),
        "seconds": round(fitting, 3),
        "predict_seconds": round(predicting, 4),
        "rows": [len(learn.y), len(test.y)],
        "test_rows": rows,
        "versions": versions(TOLD_VERSIONS),
        "told": dict(fitted.told),
    }


def asked_rows(request: dict[str, Any]) -> tuple[Problem, Problem, str]:
    """What is learned from, what scores, and the fingerprint of the latter.

    With ``inner`` the rows that score are some of those to learn from: the test rows of
    the split are not looked at.
    """
    problem = kept(request["set"], request["folder"])
    rows = parts(problem, request["split"])
    if request.get("inner"):
        problem = problem.rows(rows.learn)
        rows = parts(problem, request["split"])
    return problem.rows(rows.learn), problem.rows(rows.test), digest(rows.test)


if __name__ == "__main__":
    serve(answer)
