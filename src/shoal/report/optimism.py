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


def optimism_sentence(
    winner: Mapping[str, Any], metric: str, *, maximize: bool, percent: bool = True
) -> str:
    """Return validation against test, and how much of the difference was luck of the search.

    Args:
        winner: the stored result.
        metric: the study's objective.
        maximize: whether more of it is better.
        percent: whether shares are in percent, as in the report, or numbers up to 1, as in the
            tables of the command.

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
            f"{name} {_value(metric, chosen, percent)} on the validation rows that it went by, "
            f"{_value(metric, found, percent)} on the test rows, "
            f"{_difference(metric, worse['test'], percent)}"
        )
    if "fresh_seeds" in worse:
        seeds = real(mapping(winner.get("confirmed")).get("seeds")) or 0
        parts.append(
            f"trained again on {plural(int(seeds), 'fresh seed')} "
            f"{_difference(metric, worse['fresh_seeds'], percent)} on the same validation rows"
        )
    if "folds" in worse:
        size = _size(metric, worse["folds"], percent)
        parts.append(f"choosing by the folds flatters the winner by about {size}")
    return f"Optimism of the search: {'; '.join(parts)}." if parts else ""


def _value(metric: str, value: float | None, percent: bool) -> str:
    return metric_text(metric, value) if percent else number_text(value, zeros=True)


def _difference(metric: str, worse: float, percent: bool) -> str:
    if _nothing(metric, worse):
        return "the same"
    return f"{_size(metric, worse, percent)} {'worse' if worse > 0 else 'better'}"


def _nothing(metric: str, value: float) -> bool:
    return abs(value) < NONE if is_fraction(metric) else value == 0


def _size(metric: str, value: float, percent: bool) -> str:
    """The size of a difference: for a share in percentage points, if it is told in percent."""
    if not (percent and is_fraction(metric)):
        return number_text(float(f"{abs(value):.2g}")) if math.isfinite(value) else "–"
    points = f"{100 * abs(value):.1f}"
    return f"{points} point" + ("" if points == "1.0" else "s")
