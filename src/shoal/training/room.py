"""Room for a few rows more than there are, so that data of nearly as many share a program.

Only training rows have it: they are taken by their numbers, and what lies behind them changes
nothing. Of rows that are summed up the last bit would tell how many places there are.
"""

from __future__ import annotations

import numpy as np

from shoal.data import Examples
from shoal.data.allocation import allocated
from shoal.data.compact_inputs import CompactInputs
from shoal.data.pixel_inputs import PixelInputs

MOST_BYTES = 2**26
"""Inputs that take more than that are not copied for it."""


def with_room(rows: int) -> int:
    """A number of rows, rounded up to one of the eight between two powers of two."""
    step: int = 2 ** max(rows.bit_length() - 4, 0)
    return -(-rows // step) * step


def roomy(examples: Examples) -> Examples:
    """The same examples and behind them some that nobody reads: the last one again."""
    x, missing = examples.x, with_room(len(examples)) - len(examples)
    if len(x) == 0 or isinstance(x, CompactInputs):  # large, and packed
        return examples
    copied = examples.y.nbytes + (0 if isinstance(x, PixelInputs) else x.nbytes)
    missing = missing if copied <= MOST_BYTES else 0
    if isinstance(x, PixelInputs):
        pixels = x.pixels
        if pixels.nbytes <= MOST_BYTES:
            pixels = _longer(pixels, with_room(len(pixels)) - len(pixels))
        x = PixelInputs(pixels, _longer(x.rows, missing), _longer(x.scaling, missing))
    else:
        x = _longer(x, missing)
    weight = None if examples.weight is None else _longer(examples.weight, missing)
    sizes = None if examples.sizes is None else _longer(examples.sizes, missing)
    return Examples(x, _longer(examples.y, missing), weight, sizes)


def _longer(values: np.ndarray, missing: int) -> np.ndarray:
    """The same values and behind them the last one again, so often."""
    if missing == 0:
        return values
    whole = allocated((len(values) + missing, *values.shape[1:]), values.dtype)
    whole[: len(values)], whole[len(values) :] = values, values[-1:]
    return whole
