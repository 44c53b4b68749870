"""Time to quality: how soon shoal is as good as Optuna and PyTorch are after 100 trials.

The peer searches first; the accuracy that it has in the end is the target. Its time
is the moment at which it first had it, which is kinder to it than the time of all its
trials; shoal's is the moment at which an epoch of one of its trials had it, from the
call on and with all compilation. Where shoal does not get there, its time is that of
all it did, and the row says how often.
"""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.harness import Row
from benchmarks.load import others_load, read_ticks, wait_for_quiet
from benchmarks.process import Side
from benchmarks.settings import Settings
from benchmarks.splits import export
from benchmarks.workloads import QUALITIES, QUICK_QUALITY, SEARCHES, QualityWorkload

PAIRS = 5


def run(name: str, settings: Settings) -> Row:
    """Measures one of the rows."""
    workload = QUALITIES[name]
    if settings.quick:
        workload = replace(workload, **QUICK_QUALITY)
    before = read_ticks()
    with (
        tempfile.TemporaryDirectory() as folder,
        Side("benchmarks.sides.quality", {"XDG_CACHE_HOME": folder}) as shoal,
        Side("benchmarks.peers.quality") as peer,
    ):
        # The first search fills the compilation cache; the peer's workers warm up themselves.
        shoal.ask(search=workload.search, trials=workload.most, target=0.0, seed=0)
        pairs = []
        for seed in range(1, settings.pairs_of(PAIRS) + 1):
            # A search splits its rows by its seed: both sides have the same in every pair.
            file = Path(folder) / f"{seed}.npz"
            data = export(SEARCHES[workload.search].data, file, seed=seed)
            wait_for_quiet(settings.patience)
            pairs.append(_pair(workload, str(data), seed, shoal, peer))
    return {**summary(name, pairs), "others_load": round(others_load(before, read_ticks()), 2)}


def _pair(
    workload: QualityWorkload, data: str, seed: int, shoal: Side, peer: Side
) -> dict[str, Any]:
    """What both did, the peer first."""
    asked = {"search": workload.search, "seed": seed}
    theirs = peer.ask(**asked, data=data, trials=workload.peer_trials)
    seconds, target = theirs["curve"][-1]
    ours = shoal.ask(**asked, trials=workload.most, target=target)
    return {
        "target": target,
        "peer": seconds,
        "peer_all": theirs["seconds"],
        "pruned": theirs["pruned"],
        "shoal": ours["seconds"] if ours["reached"] is None else ours["reached"],
        "reached": ours["reached"] is not None,
        "trials": ours["trials"],
        "best": ours["best"],
        "compile": ours["compile"],
    }


def summary(name: str, pairs: list[dict[str, Any]]) -> Row:
    """The row: medians of both times, and of the pairs' ratios."""
    ratios = [pair["peer"] / pair["shoal"] for pair in pairs]
    whole = [pair["peer_all"] / pair["shoal"] for pair in pairs]
    return {
        "name": name,
        "shoal": round(statistics.median(pair["shoal"] for pair in pairs), 2),
        "peer": round(statistics.median(pair["peer"] for pair in pairs), 2),
        "unit": "s to the peer's best of 100 trials",
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": [round(min(ratios), 3), round(max(ratios), 3)],
        "share": None,
        "reached": sum(pair["reached"] for pair in pairs),
        "ratio_of_all_trials": round(statistics.median(whole), 3),
        "pairs": len(pairs),
        "details": {"pairs": pairs},
    }
