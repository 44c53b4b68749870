"""The rows that `benchmarks/kernels` measures: products and convolutions of lanes."""

from __future__ import annotations

from benchmarks.harness import Row
from benchmarks.process import ROOT, Side
from benchmarks.settings import Settings


def run(name: str, settings: Settings) -> Row | None:
    """Runs the row's module in a process of its own; None if it is not there."""
    module = name.replace("-", "_")
    if not (ROOT / "benchmarks" / "kernels" / f"{module}.py").exists():
        return None
    with Side("benchmarks.sides.kernel_row") as side:
        return {**side.ask(module=module), "name": name}
