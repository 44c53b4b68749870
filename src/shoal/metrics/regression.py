"""Metrics of regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from shoal.metrics.metric import Measure, Scored, Sums, Units, ratio


def _errors(batch: Scored) -> dict[str, Any]:
    weight = batch.weight[:, None]
    # An outlandish output of a padded row must not spoil the sums: 0 · ∞ is no number.
    error = batch.np.where(weight > 0, batch.outputs - batch.targets, 0.0)
    return {
        "squared": (weight * error**2).sum(axis=0),
        "absolute": (weight * abs(error)).sum(axis=0),
        "weight": batch.weight.sum(),
    }


def _metrics(sums: Sums, units: Units) -> dict[str, float]:
    squared = ratio(sums["squared"], sums["weight"])
    absolute = ratio(sums["absolute"], sums["weight"])
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = np.where(units.variance > 0, 1 - squared / units.variance, np.nan)
    return {
        "rmse": float(np.mean(np.sqrt(squared) * units.scale)),
        "mae": float(np.mean(absolute * units.scale)),
        "r2": float(np.mean(r2)),
    }


VALUE_MEASURES = (
    Measure("errors", {"rmse": "minimize", "mae": "minimize", "r2": "maximize"}, _errors, _metrics),
)
r"""Metrics of regression, of several targets the mean.

``rmse`` :math:`\sqrt{\overline{(o-t)^2}}` and ``mae`` :math:`\overline{|o-t|}`, in the
targets' units; ``r2`` :math:`1 - \sum (o-t)^2 / \sum (t-\bar t)^2`, no number where
a target is constant.
"""
