"""The network for texts when nobody says which: filters that slide over vectors of tokens.

Each token has a vector; a filter sees some tokens in a row; of each filter counts
the one place in the text where it found most.

Source: Kim, "Convolutional neural networks for sentence classification", EMNLP
2014; with one width of filters in place of three, and vectors that are learned.
"""

from __future__ import annotations

from shoal.network import Conv, Dense, Dropout, Embedding, GlobalMaxPool, Network, Sequential, relu
from shoal.space import Float, Int

WINDOW = 5
"""Tokens that a filter sees."""


def text_network(vocabulary: int, outputs: int, *, ranges: bool) -> Network:
    """A network for texts of any length.

    Args:
        vocabulary: number of tokens, padding included.
        outputs: classes or targets.
        ranges: whether its numbers are ranges.
    """
    return Sequential(
        Embedding(vocabulary, Int(8, 48, log=True, default=32) if ranges else 32),
        Dropout(Float(0.0, 0.5, default=0.2) if ranges else 0.2),
        Conv(Int(8, 64, log=True, default=32) if ranges else 32, kernel_size=WINDOW),
        relu,
        GlobalMaxPool(),
        Dropout(Float(0.0, 0.5, default=0.3) if ranges else 0.3),
        Dense(outputs),
    )
