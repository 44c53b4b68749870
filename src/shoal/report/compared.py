"""What ensembles and the winner are compared by, and which of them is handed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shoal.report.facts import mapping, real, sequence
from shoal.report.wording import metric_name
from shoal.wording import number_text, plural

CHOSEN = "chosen on validation"
"""What an ensemble of the search's own trials is."""

SPLITS = {"validation": "validation", "out_of_fold": "out-of-fold", "test": "test"}
"""Rows that ensembles may be scored on, and what they are called."""


def compared_by(metric: str, ensembles: Mapping[str, Any]) -> str:
    """Return the objective's metric; where a mean of networks has none, the first it has."""
    told = [mapping(one.get(split)) for one in ensembles.values() for split in SPLITS]
    first = next((metrics for metrics in told if metrics), {})
    return metric if metric in first or not first else str(next(iter(first)))


def splits_of(ensembles: Mapping[str, Any]) -> list[str]:
    """Return the rows of which metrics are known."""
    return [split for split in SPLITS if any(mapping(e.get(split)) for e in ensembles.values())]


def networks_text(told: Mapping[str, Any]) -> str:
    """Return what an ensemble is of, such as ``20 networks (4 configurations × 5 folds)``."""
    networks = plural(len(sequence(told.get("members"))), "network")
    if not mapping(told.get("of")):
        return f"{networks} ({CHOSEN})"
    of = {name: int(real(n) or 0) for name, n in mapping(told.get("of")).items()}
    parts = [plural(of.get("configurations", 0), "configuration")]
    parts.append(plural(of.get("folds", 0), "fold"))
    if of.get("seeds", 1) > 1:
        parts.append(plural(of["seeds"], "seed"))
    return f"{networks} ({' × '.join(parts)})"


def product_sentence(
    product: str, metric: str, ensembles: Mapping[str, Any], winner: Mapping[str, Any]
) -> str:
    """Return what the study hands over, beside what it does not; empty where that is no question.

    Args:
        product: its name among the ensembles, or ``single``.
        metric: the study's objective.
        ensembles: what is stored of them.
        winner: what is stored of the winner.
    """
    told = mapping(ensembles.get("folds") or (ensembles.get(product)))
    if not told:
        return ""
    metric = compared_by(metric, ensembles)
    called = metric_name(metric, winner.get("positive"))
    split = "test" if mapping(told.get("test")) else "out_of_fold"
    together = real(mapping(told.get(split)).get(metric))
    alone = real(mapping(winner.get(split)).get(metric))
    score = "" if together is None else f": {called} {number_text(together)} on {_rows(split)}"
    beside = "" if alone is None else f", single network {number_text(alone)}"
    sentence = f"Ensemble of {networks_text(told)}{score}{beside}."
    if product != "single":
        return sentence
    return (
        f"{sentence} The single network is handed over: its rivals on folds were cut short, and "
        "are worse on the validation rows."
    )


def _rows(split: str) -> str:
    return "test" if split == "test" else "rows that its networks had not seen"
