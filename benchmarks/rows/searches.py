"""Random searches against Optuna and PyTorch in two worker processes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.harness import Comparison, Row, compare
from benchmarks.settings import Settings
from benchmarks.splits import export
from benchmarks.workloads import SEARCHES


def run(name: str, settings: Settings) -> Row:
    """Measures one of the searches."""
    workload = SEARCHES[name]
    with tempfile.TemporaryDirectory() as folder:
        arrays = export(workload.data, Path(folder) / "splits.npz")
        comparison = Comparison(
            name=name,
            unit="ms/trial",
            shoal="benchmarks.sides.search",
            peer="benchmarks.peers.search",
            request={
                "workload": name,
                "data": str(arrays),
                "trials": workload.quick_trials if settings.quick else workload.trials,
            },
            pairs=settings.pairs_of(3),
        )
        return compare(comparison, settings)
