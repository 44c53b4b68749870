"""Epochs that a search trains until it is as good as asked for: TPE, halving, and both (BOHB).

    python -m benchmarks.epochs_until 20 32 32
    python -m benchmarks.epochs_until 20 32 16 search-cnn-mnist-5k

Epochs, not times, so that a busy machine does not matter: the networks, recipe and data of the
row search-mlp-digits or the one named, for the seeds from the first number to before the second,
in as many lanes as the third says. Every search ends after the epochs of the row's trials in
full, however many trials those are. What counts is the best validation accuracy that any trial
has reached after any epoch. One line of JSON for each search, then the medians.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import shoal
from benchmarks.sides.data import dataset
from benchmarks.sides.search import family, recipe
from benchmarks.workloads import SEARCHES, SearchWorkload
from shoal.samplers import TPE, Halving, Sampler
from shoal.tuning import Progress

ACCURACIES = {
    "search-mlp-digits": (0.97, 0.975, 0.98, 0.983, 0.986, 0.99),
    "search-cnn-mnist-5k": (0.95, 0.955, 0.96, 0.965, 0.97),
}
PLAYERS: dict[str, Sampler] = {
    "tpe": TPE(),
    "halving": Halving(),
    "bohb": Halving(sampler=TPE()),
    "bohb, 3 brackets": Halving(sampler=TPE(), brackets=3),
}


class SpentError(Exception):
    """A search has trained as many epochs as it may."""


def budget(workload: SearchWorkload) -> int:
    """The epochs that each search may train."""
    return workload.trials * workload.epochs


def curve(
    workload: SearchWorkload, sampler: Sampler, seed: int, lanes: int, path: Path
) -> np.ndarray:
    """The best validation accuracy so far after each epoch of any trial, in their order."""
    most = budget(workload)

    def watch(progress: Progress) -> None:
        if progress.epochs >= most:
            raise SpentError

    with suppress(SpentError):
        shoal.search(
            family(workload.network), recipe(workload.epochs), dataset(workload.data),
            trials=most, sampler=sampler, seed=seed, lanes=lanes, confirm_seeds=0, study=path,
            callbacks=watch,
        ).close()  # fmt: skip
    study = shoal.Study.open(path)
    epochs = sorted(study.file.history(), key=lambda epoch: epoch.seconds or 0.0)
    study.close()
    return np.maximum.accumulate([epoch.metrics["accuracy"] for epoch in epochs])[:most]


def outcome(best: np.ndarray, accuracies: Sequence[float], most: int) -> dict[str, Any]:
    """Epochs until each accuracy, None where it is not reached; the best on the way."""
    ways = {"quarter": most // 4, "half": most // 2, "all": most}
    return {
        "until": {str(a): int(np.argmax(best >= a)) + 1 if best[-1] >= a else None
                  for a in accuracies},
        "best": {name: float(best[: min(end, len(best))][-1]) for name, end in ways.items()},
    }  # fmt: skip


def main(first: int, end: int, lanes: int, name: str = "search-mlp-digits") -> None:
    """Every player once for each seed."""
    workload, accuracies = SEARCHES[name], ACCURACIES[name]
    found: dict[str, list[dict[str, Any]]] = {player: [] for player in PLAYERS}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, end):
            for player, sampler in PLAYERS.items():
                path = Path(folder) / f"{player}-{seed}.study"
                best = curve(workload, sampler, seed, lanes, path)
                path.unlink()
                told = outcome(best, accuracies, budget(workload))
                found[player].append(told)
                print(json.dumps({"sampler": player, "seed": seed, "lanes": lanes} | told),
                      flush=True)  # fmt: skip
    for player, all_told in found.items():
        until = {
            a: median(told["until"][str(a)] or float("inf") for told in all_told)
            for a in accuracies
        }
        print(player, until)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), *sys.argv[4:5])
