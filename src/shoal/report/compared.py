"""What ensembles and the winner are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shoal.report.facts import mapping


def compared_by(metric: str, ensembles: Mapping[str, Any]) -> str:
    """Return the objective's metric; where a mean of networks has none, the first it has."""
    told = [mapping(one.get(s)) for one in ensembles.values() for s in ("validation", "test")]
    first = next((metrics for metrics in told if metrics), {})
    return metric if metric in first or not first else str(next(iter(first)))
