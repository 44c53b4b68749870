"""Runs one of `benchmarks/kernels`, which measure both sides themselves."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks.process import serve


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The row that the module's `run` returns."""
    module = importlib.import_module(f"benchmarks.kernels.{request['module']}")
    return dict(module.run())


if __name__ == "__main__":
    serve(answer)
