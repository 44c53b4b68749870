"""Color pictures: a small CNN and a U-shaped network, in lanes against PyTorch one by one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.harness import Comparison, Row, compare
from benchmarks.settings import Settings
from benchmarks.splits import export
from benchmarks.workloads import PICTURES


def run(name: str, settings: Settings) -> Row:
    """Measures `cnn-64` or `unet-128`."""
    workload = PICTURES[name]
    with tempfile.TemporaryDirectory() as folder:
        arrays = export(workload.data, Path(folder) / "splits.npz")
        comparison = Comparison(
            name=name,
            unit="ms/trial",
            shoal="benchmarks.sides.pictures",
            peer="benchmarks.peers.pictures",
            request={
                "workload": name,
                "data": str(arrays),
                "trials": workload.quick_trials if settings.quick else workload.trials,
            },
            pairs=settings.pairs_of(3),
        )
        return compare(comparison, settings)
