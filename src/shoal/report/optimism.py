"""How far the search's own numbers can be believed, in one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from shoal.report.facts import mapping, real
from shoal.report.wording import is_fraction, metric_name, metric_text
from shoal.wording import number_text, plural

NONE = 0.0005
"""A share that is smaller is told as none."""


def optimism_sentence(winner: Mapping[str, Any], metric: str, *, maximize: bool) -> str:
    """Return validation against test, and how much of the difference was luck of the search.

    Args:
        winner: the stored result.
        metric: the study's objective.
        maximize: whether more of it is better.

    Returns:
        an empty string where nothing is known but what the search went by.
    """
    told = mapping(winner.get("optimism"))
    worse = {
        name: value if maximize else -value
        for name in ("test", "fresh_seeds", "folds")
        if (value := real(mapping(told.get(name)).get(metric))) is not None
    }
    parts = []
    if "test" in worse:
        chosen, found = (real(mapping(winner.get(k)).get(metric)) for k in ("validation", "test"))
        name = metric_name(metric, winner.get("positive"))
        parts.append(
            f"{name} {metric_text(metric, chosen)} on the validation rows that it went by, "
            f"{metric_text(metric, found)} on the test rows, {_difference(metric, worse['test'])}"
        )
    if "fresh_seeds" in worse:
        seeds = real(mapping(winner.get("confirmed")).get("seeds")) or 0
        parts.append(
            f"trained again on {plural(int(seeds), 'fresh seed')} "
            f"{_difference(metric, worse['fresh_seeds'])} on the same validation rows"
        )
    if "folds" in worse:
        size = _size(metric, worse["folds"])
        parts.append(f"choosing by the folds flatters the winner by about {size}")
    return f"Optimism of the search: {'; '.join(parts)}." if parts else ""


def _difference(metric: str, worse: float) -> str:
    if _nothing(metric, worse):
        return "the same"
    return f"{_size(metric, worse)} {'worse' if worse > 0 else 'better'}"


def _nothing(metric: str, value: float) -> bool:
    return abs(value) < NONE if is_fraction(metric) else value == 0


def _size(metric: str, value: float) -> str:
    """The size of a difference: in percentage points, for a share."""
    if not is_fraction(metric):
        return number_text(float(f"{abs(value):.2g}")) if math.isfinite(value) else "–"
    points = f"{100 * abs(value):.1f}"
    return f"{points} point" + ("" if points == "1.0" else "s")
