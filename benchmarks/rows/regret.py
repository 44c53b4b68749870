"""How good samplers are: mean normalized regret on functions and tables of trained networks.

No clock runs: what other processes do changes nothing. The row's figures are
the mean regrets, over all problems, after the last number of trials, of the
best of shoal's samplers and of Optuna's TPE.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.harness import Row
from benchmarks.regret.contest import MARKS, SEEDS, Regrets, contest, mean_with_interval
from benchmarks.settings import Settings

PEER = "Optuna TPE"
QUICK_MARKS = (5, 12)


def run(name: str, settings: Settings) -> Row:
    """Every sampler on every problem; pairs are seeds."""
    marks, seeds = (QUICK_MARKS if settings.quick else MARKS), settings.pairs_of(SEEDS)
    curves: dict[str, dict[str, Regrets]] = {}
    for problem, player, regrets in contest(seeds, marks):
        curves.setdefault(player, {})[f"{problem.family}/{problem.name}"] = regrets
        print(f"  {problem.family}/{problem.name}: {player}", file=sys.stderr, flush=True)
    table = summary(curves, marks)
    last = {player: lines["all"][str(marks[-1])] for player, lines in table.items()}
    best = min((p for p in last if not p.startswith("Optuna")), key=lambda p: last[p][0])
    return {
        "name": name,
        "shoal": last[best][0],
        "peer": last[PEER][0],
        "unit": f"mean regret after {marks[-1]} trials ({best})",
        "ratio": round(last[PEER][0] / last[best][0], 3),
        "share": None,
        "pairs": seeds,
        "details": {"regret": table},
    }


def summary(
    curves: Mapping[str, Mapping[str, Regrets]], marks: tuple[int, ...]
) -> dict[str, dict[str, dict[str, Any]]]:
    """By sampler, family and number of trials: the mean regret and its interval."""
    table: dict[str, dict[str, dict[str, Any]]] = {}
    for player, by_problem in curves.items():
        families = dict.fromkeys(problem.split("/")[0] for problem in by_problem)
        for family in ("all", *families):
            chosen = [r for p, r in by_problem.items() if family in ("all", p.split("/")[0])]
            table.setdefault(player, {})[family] = {
                str(mark): mean_with_interval([r[:, i] for r in chosen])
                for i, mark in enumerate(marks)
            }
    return table
