"""Pictures made larger by their mirror images, right and below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Sides = tuple[int, int]

MOST_FILLED = 4.0
"""How many times the pixels that there are a filled array may have."""


def filled_sides(sizes: Sequence[Sides]) -> Sides:
    """Height and width that hold all pictures of these sizes."""
    return max(height for height, _ in sizes), max(width for _, width in sizes)


def worth_filling(sizes: Sequence[Sides]) -> bool:
    """Whether pictures of these sizes are near enough to each other to be filled up to one."""
    height, width = filled_sides(sizes)
    pixels = sum(own * other for own, other in sizes)
    return len(sizes) * height * width <= MOST_FILLED * pixels


def mirrored(picture: Array, sides: Sides) -> Array:
    """A picture of shape (height, width, …) with its mirror image right of it and below."""
    more = [(0, side - own) for side, own in zip(sides, picture.shape, strict=False)]
    rest = [(0, 0)] * (picture.ndim - 2)
    whole: Array = np.pad(picture, [*more, *rest], mode="symmetric")
    return whole
