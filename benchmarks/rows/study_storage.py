"""What it costs to write a trial into a study, by the study's size.

Shoal's study file, Optuna's SQLite storage and its journal write the same: the
hyperparameters of the multilayer perceptron's search, the validation of each
epoch, and how the trial ended. Nothing is trained, and the clock runs while
something is written only. Each storage is a process of its own, asked in turn.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from typing import Any

from benchmarks.harness import Row
from benchmarks.load import others_load, read_ticks, wait_for_quiet
from benchmarks.process import Side
from benchmarks.settings import Settings
from benchmarks.workloads import STORAGE

SIDES = {
    "shoal": "benchmarks.sides.storage",
    "sqlite": "benchmarks.peers.storage",
    "journal": "benchmarks.peers.storage",
}
FIGURES = ("wall_ms", "cpu_ms", "last_wall_ms", "last_cpu_ms")


def run(name: str, settings: Settings) -> Row:
    """Measures the storages in turn; the ratio is at the most trials that all were asked for."""
    sizes = STORAGE.quick_sizes if settings.quick else STORAGE.sizes
    asked = {side: [n for n in sizes if n <= STORAGE.most[side]] for side in SIDES}
    before = read_ticks()
    runs = [measure(asked, seed, settings) for seed in range(1, settings.pairs_of(3) + 1)]
    table = [
        line(side, i, [r[side]["lines"][i] for r in runs])
        for side in SIDES
        for i in range(len(asked[side]))
    ]
    common = max(set.intersection(*(set(n) for n in asked.values())))
    place = sizes.index(common)
    at = {side: [float(r[side]["lines"][place]["wall_ms"]) for r in runs] for side in SIDES}
    ratios = {side: pairs_ratios(at["shoal"], at[side]) for side in ("sqlite", "journal")}
    own = [entry for entry in table if entry["storage"] == "shoal"]
    return {
        "name": name,
        "shoal": rounded(statistics.median(at["shoal"])),
        "peer": rounded(statistics.median(at["sqlite"])),
        "unit": f"ms/trial at {common} trials",
        "ratio": rounded(statistics.median(ratios["sqlite"])),
        "share": None,
        "ratio_spread": [rounded(min(ratios["sqlite"])), rounded(max(ratios["sqlite"]))],
        "ratio_to_journal": rounded(statistics.median(ratios["journal"])),
        "growth": rounded(own[-1]["last_cpu_ms"] / own[place]["last_cpu_ms"]),
        "others_load": round(others_load(before, read_ticks()), 2),
        "pairs": len(runs),
        "details": {
            "table": table,
            "megabytes": {side: round(runs[0][side]["megabytes"], 2) for side in SIDES},
        },
    }


def pairs_ratios(shoal: list[float], peer: list[float]) -> list[float]:
    """The peer's time over shoal's, run by run."""
    return [theirs / ours for ours, theirs in zip(shoal, peer, strict=True)]


def rounded(value: float) -> float:
    """Four figures."""
    return float(f"{value:.4g}")


def measure(asked: dict[str, list[int]], seed: int, settings: Settings) -> dict[str, Any]:
    """One run of each storage."""
    with ExitStack() as stack:
        sides = {side: stack.enter_context(Side(module)) for side, module in SIDES.items()}
        answers = {}
        for name, side in sides.items():
            if seed == 1:
                side.ask(storage=name, sizes=[min(asked[name])], seed=0)
            wait_for_quiet(settings.patience)
            answers[name] = side.ask(storage=name, sizes=asked[name], seed=seed)
        return answers


def line(side: str, i: int, found: list[dict[str, Any]]) -> dict[str, Any]:
    """One line of the table: medians over the runs."""
    figures = {key: rounded(statistics.median(f[key] for f in found)) for key in FIGURES}
    return {"storage": side, "size": found[0]["size"], **figures}
