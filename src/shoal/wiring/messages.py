"""Some test texts with true and predicted classes, as plain data for the report."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data import Prepared
from shoal.data.text_encoder import TextEncoder

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
