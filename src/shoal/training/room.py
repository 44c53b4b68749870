"""Room for a few rows more than there are, so that data of nearly as many share a program.

Only training rows have it: they are taken by their numbers, and what lies behind them changes
nothing. Of rows that are summed up the last bit would tell how many places there are.
"""

from __future__ import annotations

import numpy as np

from shoal.data import Examples
from shoal.data.compact_inputs import CompactInputs

MOST_BYTES = 2**26
"""Inputs that take more than that are not copied for it."""


def with_room(rows: int) -> int:
    """A number of rows, rounded up to one of the eight between two powers of two."""
    step: int = 2 ** max(rows.bit_length() - 4, 0)
    return -(-rows // step) * step


def roomy(examples: Examples) -> Examples:
    """The same examples and behind them some that nobody reads: the last one again."""
    missing = with_room(len(examples)) - len(examples)
    if missing == 0 or len(examples) == 0 or examples.x.nbytes > MOST_BYTES:
        return examples
    if isinstance(examples.x, CompactInputs):  # large, and packed
        return examples

    def longer(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, np.repeat(values[-1:], missing, axis=0)])

    weight = None if examples.weight is None else longer(examples.weight)
    sizes = None if examples.sizes is None else longer(examples.sizes)
    return Examples(longer(examples.x), longer(examples.y), weight, sizes)
