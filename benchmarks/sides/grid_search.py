"""`ShoalSearchCV`: all candidates and folds in lanes of one program."""

from __future__ import annotations

from typing import Any

from benchmarks.grid import searched
from benchmarks.process import serve


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """One search; a version of shoal without it says so."""
    try:
        from shoal.sklearn import ShoalSearchCV
    except ImportError as error:
        return {"unavailable": str(error)}
    return searched(ShoalSearchCV, request)


if __name__ == "__main__":
    serve(answer)
