"""The mean loss, of every task."""

from __future__ import annotations

from typing import Any

from shoal.training.metrics.measure import Measure, Sums, Units, share
from shoal.training.metrics.scored import Scored


def _sums(batch: Scored) -> dict[str, Any]:
    # A padded row may hold anything, also what has no finite loss.
    counts = batch.weight * batch.counted
    losses = batch.np.where(counts > 0, batch.losses, batch.np.zeros_like(batch.losses))
    return {"total": (losses * counts).sum(), "weight": counts.sum()}


def _metrics(sums: Sums, units: Units) -> dict[str, float]:
    return {"loss": share(sums["total"], sums["weight"])}


LOSS = Measure("loss", {"loss": "minimize"}, _sums, _metrics)
"""``loss``: what training minimizes, the weighted mean over the examples that count."""
