"""Optimism: by how much what a search went by differs from what is found afterwards.

Source for folds: R. J. Tibshirani and R. Tibshirani, "A bias correction for the minimum
error rate in cross-validation", Annals of Applied Statistics 3 (2009), equation 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shoal.store import TrialRecord
from shoal.training import Objective
from shoal.wiring.ledger import Ledger


def optimism_of(
    ledger: Ledger, objective: Objective, told: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """What validation told of the winner, less what is told of it afterwards.

    Args:
        ledger: the search's records.
        objective: what it went by.
        told: the winner's validation, test and confirmed metrics.

    Returns:
        ``test``: less the metrics on the test split. ``fresh_seeds``: less their mean
        on fresh seeds, an estimate of the bias of having chosen the luckiest of many.
        ``folds``: of the objective alone, the bias of having chosen the best of many by
        the same folds that tell how good it is, estimated from the folds.
    """
    chosen = told["validation"]
    again = {k: v["mean"] for k, v in told.get("confirmed", {}).items() if isinstance(v, dict)}
    later = {"test": told.get("test", {}), "fresh_seeds": again}
    found = {
        name: {metric: chosen[metric] - metrics[metric] for metric in chosen if metric in metrics}
        for name, metrics in later.items()
        if metrics
    }
    first = ledger.ranking()[0]
    if any(member["fold"] is not None for member in first.members):
        every = [record for record in ledger.file.trials() if record.role == "search"]
        bias = fold_bias(every, first.id, objective)
        sign = 1.0 if objective.direction == "maximize" else -1.0
        found["folds"] = {objective.metric: sign * bias}
    return found


def fold_bias(records: Sequence[TrialRecord], best: int, objective: Objective) -> float:
    r"""The mean over folds of the best trial's error less the least error on that fold.

    .. math:: \frac{1}{K} \sum_k \left[ e_k(\hat\theta) - e_k(\hat\theta_k) \right]

    with :math:`\hat\theta` the trial that is best on the mean, and
    :math:`\hat\theta_k` the one that is best on fold k.

    Args:
        records: trials of the search; those that have no objective are left out.
        best: the best one's number.
        objective: makes an error of the metrics.
    """
    errors = {r.id: _by_fold(r, objective) for r in records if r.objective is not None}
    least = np.min(list(errors.values()), axis=0)
    return float(np.mean(errors[best] - least))


def _by_fold(record: TrialRecord, objective: Objective) -> np.ndarray:
    """A trial's error on each fold, the mean over its seeds."""
    folds = sorted({member["fold"] for member in record.members})
    return np.array([
        np.mean([objective.value(m["metrics"]) for m in record.members if m["fold"] == fold])
        for fold in folds
    ])  # fmt: skip
