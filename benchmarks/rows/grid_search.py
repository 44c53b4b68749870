"""`ShoalSearchCV` against scikit-learn's `GridSearchCV`: one grid, the same folds and epochs.

The clock covers the whole `fit`, with the last one on all rows. The first search of each
side's process is told apart: shoal's compiles then, and the peer's starts its workers.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from benchmarks.harness import Pair, Row, alternate, milliseconds
from benchmarks.process import Side
from benchmarks.settings import Settings

SHOAL, PEER = "benchmarks.sides.grid_search", "benchmarks.peers.grid_search"
QUIET = {"PYTHONWARNINGS": "ignore"}
"""Of the workers: they would tell of each fit that it has not converged."""


def run(name: str, settings: Settings) -> Row | None:
    """Measures both searches in turn; None where shoal has none."""
    asked = {"quick": settings.quick}
    with (
        tempfile.TemporaryDirectory() as cache,
        Side(SHOAL, {"XDG_CACHE_HOME": cache}) as shoal,
        Side(PEER, QUIET) as peer,
    ):
        first = shoal.ask(**asked, seed=0)
        if "unavailable" in first:
            print(f"{name}: {first['unavailable']}", file=sys.stderr)
            return None
        cold = [first, peer.ask(**asked, seed=0)]
        pairs = alternate(
            lambda seed: shoal.ask(**asked, seed=seed),
            lambda seed: peer.ask(**asked, seed=seed),
            lambda: 0.0,
            settings.pairs_of(3),
            settings.patience,
        )
    return summary(name, pairs, cold)


def summary(name: str, pairs: Sequence[Pair], cold: Sequence[Any]) -> Row:
    """The row: medians, and both sides' scores."""
    ratios = [milliseconds(p.peer) / milliseconds(p.shoal) for p in pairs]
    return {
        "name": name,
        "shoal": _rounded(statistics.median(milliseconds(p.shoal) for p in pairs)),
        "peer": _rounded(statistics.median(milliseconds(p.peer) for p in pairs)),
        "unit": "ms/fit",
        "ratio": _rounded(statistics.median(ratios)),
        "share": None,
        "ratio_spread": [_rounded(min(ratios)), _rounded(max(ratios))],
        "with_compile": {
            "shoal": _rounded(milliseconds(cold[0])),
            "peer": _rounded(milliseconds(cold[1])),
            "ratio": _rounded(milliseconds(cold[1]) / milliseconds(cold[0])),
        },
        "others_load": _rounded(statistics.median(p.load for p in pairs)),
        "pairs": len(pairs),
        "best": {
            "shoal": _rounded(statistics.fmean(p.shoal["best"] for p in pairs)),
            "peer": _rounded(statistics.fmean(p.peer["best"] for p in pairs)),
        },
        "details": {"searches": [{"shoal": p.shoal, "peer": p.peer} for p in pairs]},
    }


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
