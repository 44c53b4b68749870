"""The results as Markdown: scores set by set, and the seconds that they took."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from benchmarks.defaults.methods.table import METHODS
from benchmarks.defaults.scores import score
from benchmarks.defaults.sets import SETS
from benchmarks.tables.ledger import Key, Record
from benchmarks.tables.report import ABSENT, line

Records = Mapping[Key, Record]

BUSY = 0.1
"""Cores that others kept busy from which on seconds are marked."""


def of_cell(records: Records, name: str, method: str) -> list[Record]:
    """The splits of one set that a method was scored on."""
    return [r for key, r in sorted(records.items()) if (key.set, key.method) == (name, method)]


def means(records: Records, name: str) -> dict[str, float]:
    """Mean scores by method, over the splits that all methods with any result of a set have."""
    found = {
        m: {r["split"]: score(r["scores"]) for r in of_cell(records, name, m)} for m in METHODS
    }
    found = {m: each for m, each in found.items() if each}
    if not found:
        return {}
    common = set.intersection(*(set(each) for each in found.values()))
    return {
        m: statistics.fmean(each[split] for split in common) for m, each in found.items() if common
    }


def standing(records: Records, method: str) -> dict[str, float]:
    """By set, a method's mean score less that of the best peer."""
    found = {}
    for name in SETS:
        told = means(records, name)
        peers = [value for m, value in told.items() if not METHODS[m].own]
        if method in told and peers:
            found[name] = told[method] - max(peers)
    return found


def report(records: Records) -> str:
    """Both tables; the best score of a line is bold."""
    methods = [m for m in METHODS if any(key.method == m for key in records)]
    if not methods:
        return "There are no results."
    head = [line("set", "score", "splits", *methods), line(*["---"] * (len(methods) + 3))]
    scored, seconds = list(head), [line("set", *methods), line(*["---"] * (len(methods) + 1))]
    for name in SETS:
        told = means(records, name)
        if not told:
            continue
        best = max(told.values())
        cells = [_score(told.get(m), best) for m in methods]
        every = [r for m in methods for r in of_cell(records, name, m)]
        of = next(iter(every[0]["scores"]))
        scored.append(line(name, of, str(len({r["split"] for r in every})), *cells))
        seconds.append(line(name, *(_seconds(of_cell(records, name, m)) for m in methods)))
    return "\n".join(
        [
            "**Scores of the test rows** (more is better)", "", *scored, "",
            "**Seconds of fitting** (* others kept a tenth of a core or more busy)", "", *seconds,
        ]
    )  # fmt: skip


def _score(value: float | None, best: float) -> str:
    if value is None:
        return ABSENT
    told = f"{value:.4f}"
    return f"**{told}**" if told == f"{best:.4f}" else told


def _seconds(records: Sequence[Record]) -> str:
    if not records:
        return ABSENT
    disturbed = any(r["others_load"] >= BUSY for r in records)
    return f"{statistics.fmean(r['seconds'] for r in records):.3g}" + ("*" if disturbed else "")
