"""How many examples are looked at together when nothing is learned from them."""

from __future__ import annotations

from math import prod

MOST = 256
"""Large enough to be efficient for small examples."""

LEAST = 8

NUMBERS = 1 << 18
"""Numbers of a batch's inputs, about: activations of many lanes must fit into memory."""


def scoring_batch(input_shape: tuple[int, ...]) -> int:
    """Examples a batch, for inputs of this shape."""
    return min(max(NUMBERS // max(prod(input_shape), 1), LEAST), MOST)
