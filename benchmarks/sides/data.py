"""The data sets of the comparisons."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import CLASSES
from shoal import data


def dataset(source: str) -> data.Dataset:
    """A data set that shoal knows, or `noise:ROWS`: random images of 28×28 pixels.

    Time does not depend on what the pixels show, so a run of steps takes noise
    of any length it needs.
    """
    if not source.startswith("noise:"):
        return data.load(source)
    rows = int(source.removeprefix("noise:"))
    random = np.random.default_rng(0)
    return data.Dataset.from_arrays(
        random.integers(0, 256, (rows, 28, 28, 1), dtype=np.uint8),
        np.arange(rows) % CLASSES,
        task="classification",
        name=source,
    )
