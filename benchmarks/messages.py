"""The messages of the row of texts, without repetitions, and their splits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from shoal.data import Dataset, Split, load
from shoal.data.splitting.split import split

SPAM = "spam"


def messages(path: str) -> Dataset:
    """Each message once."""
    data = load(path)
    texts = np.array(data.x, object)
    _, first = np.unique(texts.astype(str), return_index=True)
    rows = np.sort(first)
    return replace(data, x=texts[rows], y=np.asarray(data.y)[rows])


def parts(data: Dataset, seed: int) -> Split:
    """The split that `shoal.search` makes of them with this seed."""
    return split(data, seed=seed)


def labels(data: Dataset) -> np.ndarray:
    """The class of each message by its name."""
    return np.array(data.classes)[np.asarray(data.y)]


def scores(true: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Accuracy, and F1 with spam as the class that is looked for."""
    return {
        "accuracy": float(accuracy_score(true, predicted)),
        "f1_spam": float(f1_score(true, predicted, pos_label=SPAM)),
    }
