"""An epoch on pictures in files: one network and several in lanes, against PyTorch.

PyTorch trains the same network in two ways: with a `DataLoader` of two workers that reads the
files, as tutorials do, and with all pixels as bytes in one tensor. The row's ratio is that of
one network to the tensor; `loader` and `lanes` tell of the others, in time a network's epoch.
Shoal reads the files once, before the clock runs; how long that takes is told too.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import Row, milliseconds, share
from benchmarks.load import others_load, read_ticks, wait_for_quiet
from benchmarks.photos import write_photos
from benchmarks.process import Side
from benchmarks.settings import Settings
from benchmarks.workloads import PICTURE_EPOCHS, QUICK_EPOCH_PICTURES

SHOAL, PEER = "benchmarks.sides.picture_epoch", "benchmarks.peers.picture_epoch"

WAYS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "one": ("shoal", {"lanes": 1}),
    "memory": ("peer", {"way": "memory"}),
    "lanes": ("shoal", {}),
    "loader": ("peer", {"way": "loader"}),
}
"""By name who trains, and what is asked beside the workload; in this order they take turns."""

Answers = Mapping[str, Mapping[str, Any]]


def run(name: str, settings: Settings) -> Row:
    """Measures `picture-epoch-64` or `picture-epoch-224`."""
    workload, before = PICTURE_EPOCHS[name], read_ticks()
    count = QUICK_EPOCH_PICTURES if settings.quick else workload.pictures
    rounds: list[Answers] = []
    rates: list[float] = []
    with (
        tempfile.TemporaryDirectory() as made,
        Side(SHOAL, {"XDG_CACHE_HOME": f"{made}/cache"}) as shoal,
        Side(PEER) as peer,
        Side("benchmarks.rate") as rate,
    ):
        folder = write_photos(Path(made) / "photos", workload.side, count)
        sides = {"shoal": shoal, "peer": peer}
        asked = {
            "folder": str(folder), "side": workload.side, "lanes": workload.lanes,
            "epochs": 1 if settings.quick else workload.epochs,
        }  # fmt: skip

        def ask(way: str, seed: int) -> Mapping[str, Any]:
            side, more = WAYS[way]
            return sides[side].ask(**{**asked, **more, "seed": seed})

        first = {way: ask(way, 0) for way in WAYS}
        rate.ask()
        began = time.perf_counter()
        for seed in range(1, settings.pairs_of(5) + 1):
            wait_for_quiet(settings.patience)
            rounds.append({way: ask(way, seed) for way in WAYS})
            rates.append(float(rate.ask()["rate"]))
    row = summary(name, rounds, rates, first)
    row["others_load"] = round(others_load(before, read_ticks()), 3)
    row["seconds"] = round(time.perf_counter() - began, 1)
    return row


def summary(name: str, rounds: Sequence[Answers], rates: Sequence[float], first: Answers) -> Row:
    """The row: medians of times and of ratios within a round."""
    spread = _ratios(rounds, "memory", "one")
    times = {way: _median(milliseconds(each[way]) for each in rounds) for way in WAYS}
    shares = {
        way: _median(share(each[way], rate) for each, rate in zip(rounds, rates, strict=True))
        for way in WAYS
    }
    return {
        "name": name,
        "shoal": times["one"],
        "peer": times["memory"],
        "unit": "ms/epoch",
        "ratio": _median(spread),
        "share": shares["one"],
        "ratio_spread": [_rounded(min(spread)), _rounded(max(spread))],
        "peer_share": shares["memory"],
        "lanes": {
            "lanes": first["lanes"]["lanes"],
            "shoal": times["lanes"],
            "ratio": _median(_ratios(rounds, "memory", "lanes")),
            "share": shares["lanes"],
        },
        "loader": {
            "peer": times["loader"],
            "ratio": _median(_ratios(rounds, "loader", "one")),
            "ratio_of_lanes": _median(_ratios(rounds, "loader", "lanes")),
        },
        "reading": {"shoal": _rounded(first["one"]["reading"])},
        "megabytes": {way: _rounded(rounds[-1][way]["megabytes"]) for way in WAYS},
        "machine_gflops": _median(rate / 1e9 for rate in rates),
        "pairs": len(rounds),
        "details": {
            way: [_rounded(milliseconds(each[way])) for each in rounds] for way in WAYS
        },
    }  # fmt: skip


def _ratios(rounds: Sequence[Answers], slow: str, fast: str) -> list[float]:
    return [milliseconds(each[slow]) / milliseconds(each[fast]) for each in rounds]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _median(values: Any) -> float:
    return _rounded(statistics.median(list(values)))
