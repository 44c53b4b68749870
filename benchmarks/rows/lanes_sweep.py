"""Cost a trial and peak memory by number of lanes, each in a fresh process.

Every run does two lanefuls of the digits search (at least 16 trials) at a
quarter of its epochs, so that lanes are refilled once.
"""

from __future__ import annotations

import tempfile
from typing import Any

from benchmarks.harness import Row, milliseconds
from benchmarks.load import others_load, read_ticks
from benchmarks.process import Side
from benchmarks.settings import Settings

LANES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
EPOCHS = 5
WORKLOAD = "search-mlp-digits"


def run(name: str, settings: Settings) -> Row:
    """Measures every number of lanes; the row's figure is the cheapest a trial."""
    lanes = LANES[:4] if settings.quick else LANES
    table = [measure(count) for count in lanes]
    best = min(table, key=lambda line: float(line["ms_per_trial"]))
    return {
        "name": name,
        "shoal": best["ms_per_trial"],
        "peer": None,
        "unit": f"ms/trial of {EPOCHS} epochs, best of the lanes",
        "ratio": None,
        "share": None,
        "best_lanes": best["lanes"],
        "details": {"table": table},
    }


def measure(lanes: int) -> dict[str, Any]:
    """One line: a first run to compile, a second one for the clock."""
    request = {
        "workload": WORKLOAD,
        "trials": max(16, 2 * lanes),
        "lanes": lanes,
        "epochs": EPOCHS,
    }
    before = read_ticks()
    with (
        tempfile.TemporaryDirectory() as cache,
        Side("benchmarks.sides.search", {"XDG_CACHE_HOME": cache}) as side,
    ):
        first = side.ask(**request, seed=0)
        second = side.ask(**request, seed=1)
    cost = second["details"]
    return {
        "lanes": lanes,
        "trials": request["trials"],
        "ms_per_trial": round(milliseconds(second), 3),
        "gflops": round(second["flops"] / second["seconds"] / 1e9, 2),
        "compile_seconds": round(first["details"]["seconds"]["compile"], 2),
        "peak_megabytes": round(cost["peak_megabytes"], 1),
        "occupancy": cost["occupancy"],
        "others_load": round(others_load(before, read_ticks()), 2),
    }
