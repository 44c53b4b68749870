"""Runs all cases in turn on both sides and sums them up."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.kernels import cases
from benchmarks.load import others_load, read_ticks
from benchmarks.process import Side

PAIRS = 3
Measured = dict[str, Any]


def _measure(
    shoal: Side, torch: Side, case: dict[str, Any], direction: str, forms: Sequence[str]
) -> Measured:
    """Shoal, then each form of the peer, PAIRS times; medians."""
    ours: list[float] = []
    theirs: dict[str, list[float]] = {form: [] for form in forms}
    for _ in range(PAIRS):
        ours.append(shoal.ask(case=case, direction=direction)["seconds"])
        for form in forms:
            answer = torch.ask(case=case, direction=direction, form=form)
            theirs[form].append(answer["seconds"])
    return {
        "case": cases.name(case),
        "direction": direction,
        "flops": cases.flops(case),
        "seconds": statistics.median(ours),
        "peers": {form: statistics.median(times) for form, times in theirs.items()},
        "ratios": {
            form: statistics.median(t / o for t, o in zip(times, ours, strict=True))
            for form, times in theirs.items()
        },
    }


def compare(name: str, shapes: Sequence[dict[str, Any]], forms: Sequence[str]) -> Measured:
    """One row: `ratio` is the geometric mean over the cases against the better form.

    `shoal` and `peer` are the milliseconds of all cases one after the other,
    `share` the operations of all cases in that time over the machine's rate.
    """
    with (
        Side("benchmarks.kernels.shoal_side") as shoal,
        Side("benchmarks.kernels.torch_side") as torch,
        Side("benchmarks.rate") as machine,
    ):
        rates, measured, before = [], [], read_ticks()
        for case in shapes:
            rates.append(machine.ask()["rate"])
            usable = [form for form in forms if form != "grouped" or case["lanes"] > 1]
            measured.extend(
                _measure(shoal, torch, case, direction, usable)
                for direction in cases.directions(case)
            )
        load = others_load(before, read_ticks())
    return _row(name, measured, statistics.median(rates), forms, load)


def _row(
    name: str, measured: list[Measured], rate: float, forms: Sequence[str], load: float
) -> Measured:
    for one in measured:
        one["share"] = one["flops"] / one["seconds"] / rate
    best = [min(one["peers"].values()) for one in measured]
    seconds = sum(one["seconds"] for one in measured)
    return {
        "name": name,
        "shoal": 1e3 * seconds,
        "peer": 1e3 * sum(best),
        "unit": "ms",
        "ratio": _mean([min(one["ratios"].values()) for one in measured]),
        "share": sum(one["flops"] for one in measured) / seconds / rate,
        "details": {
            "rate": rate,
            "others_load": load,
            "ratios": {form: _mean(_of(measured, form)) for form in forms},
            "shares": {
                direction: _share([o for o in measured if o["direction"] == direction], rate)
                for direction in cases.DIRECTIONS
            },
            "cases": measured,
        },
    }


def _of(measured: list[Measured], form: str) -> list[float]:
    return [one["ratios"][form] for one in measured if form in one["ratios"]]


def _mean(ratios: Sequence[float]) -> float:
    return math.exp(statistics.fmean(math.log(ratio) for ratio in ratios)) if ratios else math.nan


def _share(measured: list[Measured], rate: float) -> float:
    total = sum(one["flops"] for one in measured)
    return total / sum(one["seconds"] for one in measured) / rate
