"""Area under the receiver operating characteristic, exactly, from ranks."""

from __future__ import annotations

import numpy as np


def area_under_curve(scores: np.ndarray, yes: np.ndarray, weight: np.ndarray) -> float:
    """The chance that a yes has a higher score than a no; of equal ones it is half.

    Args:
        scores: shape (n,).
        yes: whether the answer is yes, shape (n,).
        weight: how much each counts, 0: not at all; shape (n,).

    Returns:
        the area; NaN unless there are both answers.

    Source: Hanley and McNeil, *The meaning and use of the area under a receiver
    operating characteristic (ROC) curve* (1982).
    """
    there = weight > 0
    if not np.isfinite(scores[there]).all():
        return float("nan")
    _, level = np.unique(scores[there], return_inverse=True)
    weight = weight[there].astype(np.float64)
    yeses = np.bincount(level, weight * yes[there])
    noes = np.bincount(level, weight * ~yes[there], minlength=len(yeses))
    below = np.cumsum(noes) - noes
    pairs = yeses.sum() * noes.sum()
    return float((yeses * (below + noes / 2.0)).sum() / pairs) if pairs > 0 else float("nan")
