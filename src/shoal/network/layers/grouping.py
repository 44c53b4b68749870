"""Channels in groups that do not see each other, and what of them may be masked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from shoal.errors import NetworkError
from shoal.space import Choice, Int, is_range


def check_widths(channels: Any, groups: Any) -> None:
    """Raise NetworkError if some value of a range of channels cannot be grouped."""
    if is_range(groups) or groups == 1:
        return  # of two ranges, which values meet is known once they are bound
    values: Iterable[Any] = (channels,)
    if isinstance(channels, Int):
        values = range(int(channels.low), int(channels.high) + 1)
    elif isinstance(channels, Choice):
        values = (value for value in channels.options if not is_range(value))
    for value in values:
        check_divides(int(groups), int(value), "channels")


def check_divides(groups: int, count: int, what: str) -> None:
    """Raise NetworkError unless the channels fall into groups of one size."""
    if count % groups:
        raise NetworkError(
            f"groups divide the {what}",
            expected=f"a multiple of {groups}",
            received=count,
            hint="Write a range of widths as a Choice of multiples.",
        )


def check_input(mask: np.ndarray, groups: int) -> None:
    """Raise NetworkError unless a lane has the same channels of each group.

    Args:
        mask: booleans, the channels that the lane has.
        groups: how many groups the widest network has.
    """
    parts = mask.reshape(groups, -1)
    if (parts != parts[0]).any():
        raise NetworkError(
            "a grouped convolution takes channels that each lane has alike in every group",
            expected="an input of fixed width, or from a convolution with as many groups",
            received=f"lanes with {[int(n) for n in parts.sum(axis=1)]} channels of the groups",
            hint="Fix the width before it, group that layer too, or use DepthwiseConv.",
        )


def first_of_each(widest: int, own: int, groups: int) -> np.ndarray:
    """Booleans of shape (widest,): the first own / groups channels of each group."""
    place: np.ndarray = np.arange(widest) % (widest // groups)
    return place < own // groups
