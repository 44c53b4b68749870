"""One network against eager PyTorch: epochs on mnist-5k, or a long run of steps."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.harness import Comparison, Row, compare
from benchmarks.settings import Settings
from benchmarks.splits import export
from benchmarks.workloads import BATCH_SIZE, EPOCHS_OF_ONE_MLP, STEPS

# Shares of a data set that train, and that the steps' noise keeps for training.
TRAINING_SHARE = 0.6


def run(name: str, settings: Settings) -> Row:
    """Measures `mlp-epoch`, `mlp-step` or `cnn-step`."""
    if name == "mlp-epoch":
        source, network, epochs, unit, units = "mnist-5k", "mlp", EPOCHS_OF_ONE_MLP, "ms/epoch", 1
    else:
        workload = STEPS[name]
        units = workload.rows // BATCH_SIZE
        source = f"noise:{round(workload.rows / TRAINING_SHARE)}"
        network, epochs, unit = workload.network, workload.epochs, "ms/step"
    if settings.quick:
        epochs = 1
    with tempfile.TemporaryDirectory() as folder:
        arrays = export(source, Path(folder) / "splits.npz")
        comparison = Comparison(
            name=name,
            unit=unit,
            shoal="benchmarks.sides.single",
            peer="benchmarks.peers.single",
            request={
                "network": network,
                "source": source,
                "data": str(arrays),
                "epochs": epochs,
                "units_per_epoch": units,
            },
            pairs=settings.pairs_of(5),
        )
        return compare(comparison, settings)
