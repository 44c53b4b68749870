"""One network against eager PyTorch: epochs on mnist-5k, or a long run of steps."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.harness import Comparison, Row, compare
from benchmarks.settings import Settings
from benchmarks.splits import export
from benchmarks.workloads import SINGLES


def run(name: str, settings: Settings) -> Row:
    """Measures `mlp-epoch`, `mlp-step` or `cnn-step`."""
    workload = SINGLES[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "splits.npz"
        comparison = Comparison(
            name=name,
            unit=f"ms/{workload.unit}",
            shoal="benchmarks.sides.single",
            peer="benchmarks.peers.single",
            request={
                "workload": name,
                "data": str(export(workload.data, path, workload.validation, workload.test)),
                "epochs": 1 if settings.quick else workload.epochs,
            },
            pairs=settings.pairs_of(5),
        )
        return compare(comparison, settings)
