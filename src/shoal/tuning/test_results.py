"""Optimism of a search, and examples of the test split to look at.

Optimism: by how much what a search went by differs from what is found afterwards.

Source for folds: R. J. Tibshirani and R. Tibshirani, "A bias correction for the minimum
error rate in cross-validation", Annals of Applied Statistics 3 (2009), equation 4.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data import Prepared
from shoal.data.encode.compact_inputs import AnyInputs
from shoal.data.encode.tokens import TextEncoder
from shoal.engine import Objective
from shoal.store import TrialRecord
from shoal.tuning.recording import TrialRecorder

SHOWN = 6
"""Texts that were read wrongly, at most, and as many that were read rightly."""

LONGEST = 600
"""Letters of a text that are kept."""


def messages(outputs: npt.NDArray[Any], prepared: Prepared) -> list[dict[str, Any]]:
    """A few texts: the mistakes that were surest first, then right ones, the least sure first.

    A text is told as the network has seen it, cut where it was cut.

    Args:
        outputs: scores of the test rows, of shape (n, classes).
        prepared: the data.

    Returns:
        for each its row in the data set, the text, its class and the one that was
        found, and by how much the score of the latter leads that of the next.
    """
    encoder = prepared.preprocessing.encoder
    assert isinstance(encoder, TextEncoder)
    test = prepared.test
    found, lead = outputs.argmax(axis=1), _lead(outputs)
    wrong = np.flatnonzero(found != test.y)
    right = np.flatnonzero(found == test.y)
    wrong = wrong[np.argsort(-lead[wrong], kind="stable")][:SHOWN]
    right = right[np.argsort(lead[right], kind="stable")]
    spread = np.linspace(0, len(right) - 1, min(SHOWN, len(right))).round().astype(int)
    chosen = np.concatenate([wrong, right[spread]])
    texts = encoder.decode(test.x[chosen])
    return [
        {
            "row": int(prepared.split.test[i]),
            "text": text[:LONGEST],
            "cut": len(text) > LONGEST or bool(test.x[i, encoder.length - 1]),
            "true": int(test.y[i]),
            "predicted": int(found[i]),
            "lead": float(lead[i]),
        }
        for i, text in zip(chosen.tolist(), texts, strict=True)
    ]


def _lead(outputs: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """By how much the largest score leads the second."""
    ordered = np.sort(outputs.astype(np.float64), axis=1)
    lead: npt.NDArray[np.float64] = ordered[:, -1] - ordered[:, -2]
    return lead


SHOWN_OVERLAYS = 6
"""Pictures, at most: from the worst to the best."""

LARGEST = 192
"""Pixels of a picture's side, at most; a larger one is made smaller by a whole factor."""

Labels = npt.NDArray[np.integer[Any]]


def overlays(
    x: AnyInputs, true: Labels, predicted: Labels, rows: npt.NDArray[np.int64]
) -> list[dict[str, Any]]:
    """A few pictures, spread evenly over how well they went, the worst first.

    Args:
        x: prepared pictures of shape (n, height, width, channels).
        true: their masks of shape (n, height, width), negative where nothing is known.
        predicted: the masks that were found.
        rows: the pictures' numbers in the data set.

    Returns:
        for each its number, the share of its labeled pixels that is right, its
        size, the picture as base64 PNG, and both masks as runs.
    """
    known = true >= 0
    right = ((predicted == true) & known).sum((1, 2)) / np.maximum(known.sum((1, 2)), 1)
    order = np.argsort(right, kind="stable")
    chosen = order[
        np.linspace(0, len(order) - 1, min(SHOWN_OVERLAYS, len(order))).round().astype(int)
    ]
    return [
        {
            "row": int(rows[i]),
            "right": float(right[i]),
            **_drawn(x[i], true[i], predicted[i]),
        }
        for i in chosen
    ]


def _drawn(x: npt.NDArray[np.float32], true: Labels, predicted: Labels) -> dict[str, Any]:
    factor = -(-max(true.shape) // LARGEST)
    height, width = (side // factor for side in true.shape)
    cut = x[: height * factor, : width * factor]
    small = cut.reshape(height, factor, width, factor, -1).mean(axis=(1, 3))
    middle = slice(factor // 2, None, factor)
    return {
        "size": [height, width],
        "image": picture_png(small),
        "true": runs(true[middle, middle][:height, :width]),
        "predicted": runs(predicted[middle, middle][:height, :width]),
    }


def picture_png(x: npt.NDArray[np.floating[Any]]) -> str:
    """A picture with its values spread over black to white, as a PNG in base64."""
    from PIL import Image

    if x.shape[-1] not in (1, 3):
        x = x.mean(axis=-1, keepdims=True)
    low, high = float(x.min()), float(x.max())
    gray = ((x - low) / ((high - low) or 1.0) * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(gray if gray.shape[-1] == 3 else gray[..., 0]).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def runs(mask: Labels) -> list[list[int]]:
    """A mask row by row as [label, how many pixels in a row have it]."""
    flat = mask.ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    lengths = np.diff(np.concatenate([starts, [len(flat)]]))
    return [[int(flat[i]), int(n)] for i, n in zip(starts, lengths, strict=True)]


def optimism_of(
    ledger: TrialRecorder, objective: Objective, told: Mapping[str, Any]
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
