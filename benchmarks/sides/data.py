"""The data sets of the comparisons."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import CLASSES
from shoal import data


def dataset(source: str) -> data.Dataset:
    """A data set that shoal knows, or `noise:ROWS`: random images of 28×28 pixels.

    `noise:ROWSxSIDExCHANNELS` are of another size, `masks:…` the same with a mask each.
    Time does not depend on what the pixels show, so a run of steps takes noise of any length
    it needs.
    """
    kind, _, shape = source.partition(":")
    if kind not in ("noise", "masks"):
        return data.load(source)
    rows, side, channels = (int(number) for number in f"{shape}x28x1".split("x")[:3])
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (rows, side, side, channels), dtype=np.uint8)
    if kind == "masks":
        bright = (pixels[..., 0] > 127).astype(np.int32)
        return data.Dataset.from_arrays(pixels, bright, task="segmentation", name=source)
    return data.Dataset.from_arrays(
        pixels, np.arange(rows) % CLASSES, task="classification", name=source
    )
