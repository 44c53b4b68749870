"""`GridSearchCV` with two workers, each of which joblib gives half of the processors."""

from __future__ import annotations

from typing import Any

from sklearn.model_selection import GridSearchCV

from benchmarks.grid import searched
from benchmarks.process import serve

WORKERS = 2


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """One search."""
    return searched(GridSearchCV, request, n_jobs=WORKERS)


if __name__ == "__main__":
    serve(answer)
