"""All of MNIST: one convolutional network with augmentation, an epoch and the whole training.

`MNIST_FOLDER` names a folder with the four IDX files. 55,000 of the training digits train,
5,000 tell which epoch was best, and the 10,000 test digits are scored once, at the end.
`mnist-epoch` is a row of times, one epoch each in turn; `mnist-full` trains both sides to
the end, one after the other, and is a row of scores: its minutes are those of one run each.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.harness import Comparison, Row, compare
from benchmarks.load import others_load, read_ticks
from benchmarks.process import Side
from benchmarks.settings import Settings
from benchmarks.splits import export
from benchmarks.workloads import MNIST_VALIDATION

FOLDER = "MNIST_FOLDER"
"""The environment variable that names the folder."""

SHOAL, PEER = "benchmarks.sides.mnist", "benchmarks.peers.mnist"


def run(name: str, settings: Settings) -> Row | None:
    """Measures `mnist-epoch` or `mnist-full`; None without the digits."""
    folder = os.environ.get(FOLDER, "")
    if not folder or not Path(folder).is_dir():
        print(f"{name}: set {FOLDER} to a folder with MNIST's four files", file=sys.stderr)
        return None
    folder = str(Path(folder).resolve())
    return _epochs(name, folder, settings) if name == "mnist-epoch" else _full(folder, settings)


def _epochs(name: str, folder: str, settings: Settings) -> Row:
    with tempfile.TemporaryDirectory() as made:
        data = export(folder, Path(made) / "splits.npz", MNIST_VALIDATION)
        row = compare(
            Comparison(
                name=name, unit="ms/epoch", shoal=SHOAL, peer=PEER,
                request={"folder": folder, "data": str(data), "epochs": 1},
                pairs=settings.pairs_of(3),
            ),
            settings,
        )  # fmt: skip
    del row["details"]["request"]["folder"], row["details"]["best"]  # one epoch is no score
    return row


def _full(folder: str, settings: Settings) -> Row:
    """Both sides to the end, with as many seeds (of split, weights and noise) as pairs."""
    epochs = 1 if settings.quick else None
    before, runs = read_ticks(), []
    for seed in range(settings.pairs_of(1)):
        with tempfile.TemporaryDirectory() as made:
            data = export(folder, Path(made) / "splits.npz", MNIST_VALIDATION, seed=seed)
            request = {"folder": folder, "data": str(data), "epochs": epochs, "seed": seed}
            with Side(SHOAL) as shoal:
                ours = shoal.ask(**request)
            with Side(PEER) as peer:
                runs.append((ours, peer.ask(**request)))
    ours, theirs = runs[0]
    return {
        "name": "mnist-full",
        "shoal": _percent(ours["test"]),
        "peer": _percent(theirs["test"]),
        "unit": "% of the test digits, more is better",
        "ratio": None,
        "share": None,
        "pairs": len(runs),
        "others_load": round(others_load(before, read_ticks()), 3),
        "details": {"runs": [{"shoal": _told(a), "peer": _told(b)} for a, b in runs]},
    }


def _percent(accuracy: float) -> float:
    return round(100 * accuracy, 2)


def _told(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "test": _percent(answer["test"]),
        "validation": _percent(answer["best"]),
        "best_epoch": answer["best_epoch"],
        "epochs": answer["units"],
        "minutes": round(answer["seconds"] / 60, 2),
        "minutes_with_compile": round(answer["seconds_with_compile"] / 60, 2),
    }
