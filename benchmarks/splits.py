"""Hands the peer the very arrays that shoal trains on, as one npz file.

Run as `python -m benchmarks.splits SOURCE FILE VALIDATION TEST SEED`, so that the harness
itself loads no numerical library.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.process import ROOT


def export(
    source: str, path: Path, validation: float = 0.2, test: float = 0.2, seed: int = 0
) -> Path:
    """Writes the prepared training, validation and test splits of a data set."""
    arguments = [source, str(path), str(validation), str(test), str(seed)]
    subprocess.run([sys.executable, "-m", "benchmarks.splits", *arguments], check=True, cwd=ROOT)
    return path


def main(source: str, path: str, validation: str, test: str, seed: str) -> None:
    from benchmarks.sides.data import dataset
    from shoal import data

    raw = dataset(source)
    parts = data.split(raw, seed=int(seed), validation=float(validation), test=float(test))
    prepared = data.prepare(raw, parts)
    np.savez(
        path,
        x_train=prepared.train.x,
        y_train=prepared.train.y,
        x_validation=prepared.validation.x,
        y_validation=prepared.validation.y,
        x_test=prepared.test.x,
        y_test=prepared.test.y,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
