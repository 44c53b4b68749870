"""Hands the peer the very arrays that shoal trains on, as one npz file.

Run as `python -m benchmarks.splits WORKLOAD FILE`, so that the harness itself
loads no numerical library.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.process import ROOT


def export(source: str, path: Path) -> Path:
    """Writes the prepared training and validation splits of a data set."""
    command = [sys.executable, "-m", "benchmarks.splits", source, str(path)]
    subprocess.run(command, check=True, cwd=ROOT)
    return path


def main(source: str, path: str) -> None:
    from benchmarks.sides.data import dataset
    from shoal import data

    raw = dataset(source)
    prepared = data.prepare(raw, data.split(raw, seed=0))
    np.savez(
        path,
        x_train=prepared.train.x,
        y_train=prepared.train.y,
        x_validation=prepared.validation.x,
        y_validation=prepared.validation.y,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
