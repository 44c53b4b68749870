"""Metrics of several labels at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from shoal.training.metrics.measure import Measure, Sums, Units, ratio
from shoal.training.metrics.ranks import area_under_curve
from shoal.training.metrics.scored import Scored


def _counts(batch: Scored) -> dict[str, Any]:
    known = batch.targets >= 0
    weight = batch.weight[:, None]
    found, true = batch.outputs > 0, batch.targets > 0
    right = ((found == true) | ~known).all(axis=-1)
    return {
        "hit": batch.total(weight, known & found & true, 0),
        "either": batch.total(weight, known & found, 0) + batch.total(weight, true, 0),
        "right": batch.total(weight, known & (found == true)),
        "known": batch.total(weight, known),
        "all_right": batch.total(batch.weight, right & known.any(axis=-1)),
        "weight": batch.total(batch.weight, known.any(axis=-1)),
    }


def _metrics(sums: Sums, units: Units) -> dict[str, float]:
    return {
        "f1": float(ratio(2.0 * sums["hit"], sums["either"]).mean()),
        "label_accuracy": float(ratio(sums["right"], sums["known"])),
        "exact_accuracy": float(ratio(sums["all_right"], sums["weight"])),
    }


def _each_score(batch: Scored) -> dict[str, Any]:
    return {"scores": batch.outputs, "targets": batch.targets, "weight": batch.weight}


def _area(sums: Sums, units: Units) -> dict[str, float]:
    columns = zip(sums["scores"].T, sums["targets"].T, strict=True)
    areas = [
        area_under_curve(scores, targets > 0, np.where(targets >= 0, sums["weight"], 0.0))
        for scores, targets in columns
    ]
    known = [area for area in areas if not np.isnan(area)]
    return {"auc": float(np.mean(known)) if known else float("nan")}


def _log_loss(batch: Scored) -> dict[str, Any]:
    known, weight = batch.targets >= 0, batch.weight[:, None]
    yes, no = batch.log_sigmoids()
    told = batch.np.where(batch.targets > 0, yes, no)
    return {
        "total": batch.total(-weight * told, known),
        "weight": batch.total(weight, known),
    }


def _mean_log_loss(sums: Sums, units: Units) -> dict[str, float]:
    return {"log_loss": float(ratio(sums["total"], sums["weight"]))}


LABEL_MEASURES = (
    Measure(
        "labels",
        {"f1": "maximize", "label_accuracy": "maximize", "exact_accuracy": "maximize"},
        _counts, _metrics,
    ),
    Measure("auc", {"auc": "maximize"}, _each_score, _area, usual=False, whole=True),
    Measure(
        "log_loss", {"log_loss": "minimize"}, _log_loss, _mean_log_loss,
        usual=False, probabilities=True,
    ),
)  # fmt: skip
"""Metrics of several labels, over those that are known; a label is predicted where its
output is above 0.

``f1``: 2 hits / (found + true), the mean over labels. ``label_accuracy``: the share of
labels that are right. ``exact_accuracy``: the share of examples with no label wrong.
``auc``: the mean over labels, exact. ``log_loss``: the mean over labels of -log of the
probability of what is the case. An example of which no label is known counts nowhere; a
label that never applies and is never predicted has ``f1`` 0, and no ``auc``.
"""
