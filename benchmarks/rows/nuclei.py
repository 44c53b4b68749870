"""How well a U-shaped network finds the nuclei of cells, after some minutes on the CPU.

A row of scores, without a peer. `NUCLEI_FILE` names an npz file of the Data Science Bowl
2018 with `image` of shape (n, height, width, 3) and `instance` of shape (n, height,
width), 0 where there is no nucleus. Each split trains, chooses its epoch by its validation
images and is scored once on its test images.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

from benchmarks.harness import Row
from benchmarks.load import others_load, read_ticks
from benchmarks.process import Side
from benchmarks.settings import Settings

FILE = "NUCLEI_FILE"
"""The environment variable that names the images."""


def run(name: str, settings: Settings) -> Row | None:
    """Scores on as many splits as pairs are asked for; None without the images."""
    path = Path(os.environ.get(FILE, ""))
    if not path.is_file():
        print(f"{name}: set {FILE} to the file of nuclei", file=sys.stderr)
        return None
    request = {"path": str(path.resolve()), "epochs": 1 if settings.quick else 40}
    before = read_ticks()
    with Side("benchmarks.sides.nuclei") as side:
        runs = [side.ask(**request, seed=seed) for seed in range(settings.pairs_of(1))]
    scores = {key: [run[key] for run in runs] for key in ("iou", "dice", "minutes")}
    median = {key: round(statistics.median(values), 4) for key, values in scores.items()}
    return {
        "name": name,
        "shoal": median["iou"],
        "peer": None,
        "unit": "IoU of nuclei, more is better",
        "ratio": None,
        "share": None,
        "pairs": len(runs),
        "others_load": round(others_load(before, read_ticks()), 3),
        "dice": median["dice"],
        "minutes": median["minutes"],
        "details": {"splits": runs},
    }
