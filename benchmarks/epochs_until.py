"""Epochs that a search trains until it is as good as asked for: TPE, halving, and both (BOHB).

    python -m benchmarks.epochs_until 20 32 32

Epochs, not times, so that a busy machine does not matter: the networks, recipe and data of the
row search-mlp-digits, for the seeds from the first number to before the second, in as many lanes
as the third says. Every search ends after the epochs of 128 trials in full, however many trials
those are. What counts is the best validation accuracy that any trial has reached after any
epoch. One line of JSON for each search, then the medians.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import shoal
from benchmarks.sides.data import dataset
from benchmarks.sides.search import family, recipe
from benchmarks.workloads import SEARCHES
from shoal.samplers import TPE, Halving, Sampler
from shoal.wiring import Progress

WORKLOAD = SEARCHES["search-mlp-digits"]
BUDGET = WORKLOAD.trials * WORKLOAD.epochs
ACCURACIES = (0.97, 0.975, 0.98, 0.983, 0.986, 0.99)
PLAYERS: dict[str, Sampler] = {
    "tpe": TPE(),
    "halving": Halving(),
    "bohb": Halving(points=TPE()),
    "bohb, 3 brackets": Halving(points=TPE(), brackets=3),
}


class SpentError(Exception):
    """A search has trained as many epochs as it may."""


def watch(progress: Progress) -> None:
    """Ends a search that has spent its epochs."""
    if progress.epochs >= BUDGET:
        raise SpentError


def curve(sampler: Sampler, seed: int, lanes: int, path: Path) -> np.ndarray:
    """The best validation accuracy so far after each epoch of any trial, in their order."""
    with suppress(SpentError):
        shoal.search(
            family(WORKLOAD.network), recipe(WORKLOAD.epochs), dataset(WORKLOAD.data),
            trials=BUDGET, sampler=sampler, seed=seed, lanes=lanes, confirm_seeds=0, study=path,
            watch=watch,
        ).close()  # fmt: skip
    study = shoal.Study.open(path)
    epochs = sorted(study.file.history(), key=lambda epoch: epoch.seconds or 0.0)
    study.close()
    return np.maximum.accumulate([epoch.metrics["accuracy"] for epoch in epochs])[:BUDGET]


def outcome(best: np.ndarray) -> dict[str, Any]:
    """Epochs until each accuracy, None where it is not reached; the best on the way."""
    ways = {"quarter": BUDGET // 4, "half": BUDGET // 2, "all": BUDGET}
    return {
        "until": {str(a): int(np.argmax(best >= a)) + 1 if best[-1] >= a else None
                  for a in ACCURACIES},
        "best": {name: float(best[: min(end, len(best))][-1]) for name, end in ways.items()},
    }  # fmt: skip


def main(first: int, end: int, lanes: int) -> None:
    """Every player once for each seed."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in PLAYERS}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, end):
            for name, sampler in PLAYERS.items():
                path = Path(folder) / f"{name}-{seed}.study"
                told = outcome(curve(sampler, seed, lanes, path))
                path.unlink()
                found[name].append(told)
                print(json.dumps({"sampler": name, "seed": seed, "lanes": lanes} | told),
                      flush=True)  # fmt: skip
    for name, all_told in found.items():
        until = {
            a: median(told["until"][str(a)] or float("inf") for told in all_told)
            for a in ACCURACIES
        }
        print(name, until)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
