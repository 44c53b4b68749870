"""Two sides measured in turn, A B A B …, and what the pairs say.

Every time is a wall time that a side took itself, after one warm-up each. A
pair is shoal's run and the peer's run right after it; the ratio of a row is
the median of its pairs' ratios, so that a machine that slows down for a while
slows down both. The machine's rate is measured between the pairs. A pair during which
other processes took part of the machine is measured again, for a while; which
pairs count is decided by that alone, never by their outcome.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.load import QUIET, others_load, read_ticks, wait_for_quiet
from benchmarks.process import Side
from benchmarks.settings import Settings

Answer = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """One row: who is asked, and what.

    Attributes:
        name: the row's name in `latest.json`.
        unit: what one number of the row is, lower is better (`ms/trial`).
        shoal: module of shoal's side.
        peer: module of the peer's side.
        request: what both are asked; each run adds its own `seed`.
        pairs: how many pairs are measured.
    """

    name: str
    unit: str
    shoal: str
    peer: str
    request: Mapping[str, Any]
    pairs: int


@dataclass(frozen=True)
class Pair:
    """Shoal's answer, the peer's, the machine's rate next to them, others' load meanwhile."""

    shoal: Answer
    peer: Answer
    rate: float
    load: float


def milliseconds(answer: Answer, key: str = "seconds") -> float:
    """Milliseconds a unit (a trial, an epoch, a step)."""
    return 1e3 * float(answer[key]) / float(answer["units"])


def share(answer: Answer, rate: float) -> float:
    """Useful operations a second over the machine's rate."""
    return float(answer["flops"]) / float(answer["seconds"]) / rate


def alternate(
    shoal: Callable[[int], Answer],
    peer: Callable[[int], Answer],
    rate: Callable[[], float],
    pairs: int,
    patience: float = 0.0,
) -> list[Pair]:
    """Runs the sides in turn with the same seeds until `pairs` of them were quiet.

    After twice as many tries the quietest ones are taken.
    """
    measured: list[Pair] = []
    for seed in range(1, 2 * pairs + 1):
        wait_for_quiet(patience)
        before = read_ticks()
        first, second = shoal(seed), peer(seed)
        measured.append(Pair(first, second, rate(), others_load(before, read_ticks())))
        if quiet_enough(measured, pairs, patience):
            break
    quietest = sorted(measured, key=lambda pair: pair.load > QUIET and pair.load)
    return quietest[:pairs]


def quiet_enough(measured: Sequence[Pair], pairs: int, patience: float) -> bool:
    """Whether there are as many pairs as asked for, quiet ones if there is patience."""
    quiet = sum(pair.load <= QUIET for pair in measured)
    return (quiet if patience > 0 else len(measured)) >= pairs


def summarize(comparison: Comparison, pairs: Sequence[Pair], first: Sequence[Answer]) -> Row:
    """The row that goes to `latest.json`; `first` holds both sides' warm-up runs."""
    ratios = [milliseconds(p.peer) / milliseconds(p.shoal) for p in pairs]
    cold_shoal, cold_peer = (milliseconds(a, "seconds_with_compile") for a in first)
    return {
        "name": comparison.name,
        "shoal": _median(milliseconds(p.shoal) for p in pairs),
        "peer": _median(milliseconds(p.peer) for p in pairs),
        "unit": comparison.unit,
        "ratio": _median(ratios),
        "share": _median(share(p.shoal, p.rate) for p in pairs),
        "ratio_spread": [_round(min(ratios)), _round(max(ratios))],
        "peer_share": _median(share(p.peer, p.rate) for p in pairs),
        "with_compile": {
            "shoal": _round(cold_shoal),
            "peer": _round(cold_peer),
            "ratio": _round(cold_peer / cold_shoal),
        },
        "machine_gflops": _median(p.rate / 1e9 for p in pairs),
        "mflop_per_unit": {
            "shoal": _median(p.shoal["flops"] / p.shoal["units"] / 1e6 for p in pairs),
            "peer": _median(p.peer["flops"] / p.peer["units"] / 1e6 for p in pairs),
        },
        "others_load": _median(p.load for p in pairs),
        "pairs": len(pairs),
        "details": {
            # Where the arrays lay for this run is nobody's business afterwards.
            "request": {k: v for k, v in comparison.request.items() if k != "data"},
            "shoal_ms": [_round(milliseconds(p.shoal)) for p in pairs],
            "peer_ms": [_round(milliseconds(p.peer)) for p in pairs],
            "shoal": [p.shoal.get("details") for p in pairs],
            "best": {
                "shoal": [p.shoal.get("best") for p in pairs],
                "peer": [p.peer.get("best") for p in pairs],
            },
        },
    }


def compare(comparison: Comparison, settings: Settings) -> Row:
    """Starts both sides and the machine's rate, warms them up, measures, sums up.

    Shoal starts with an empty compilation cache, so that its warm-up compiles.
    """
    start = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as cache,
        Side(comparison.shoal, {"XDG_CACHE_HOME": cache}) as shoal,
        Side(comparison.peer) as peer,
        Side("benchmarks.rate") as rate,
    ):
        request = dict(comparison.request)
        first = [shoal.ask(**request, seed=0), peer.ask(**request, seed=0)]
        rate.ask()
        pairs = alternate(
            lambda seed: shoal.ask(**request, seed=seed),
            lambda seed: peer.ask(**request, seed=seed),
            lambda: float(rate.ask()["rate"]),
            comparison.pairs,
            settings.patience,
        )
    row = summarize(comparison, pairs, first)
    row["seconds"] = _round(time.perf_counter() - start)
    return row


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def _median(values: Any) -> float:
    return _round(statistics.median(list(values)))
