"""Which axis of an array of pictures the channels are: the last, or as in PyTorch the first."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError

Array = npt.NDArray[Any]
Channels = Literal["first", "last"]

USUAL = (1, 3, 4)
"""Gray, color, and color with opacity."""

_FEW = (1, 2, 3, 4)
"""Of these the last axis may well be channels."""


def channels_last(
    x: Array, channels: Channels | None, masks: tuple[int, ...] | None, where: str
) -> tuple[Array, tuple[str, ...]]:
    """Pictures of shape (n, height, width, channels), and a remark if they were turned.

    Where nothing is said, masks decide by their height and width; without masks the
    channels come first if that axis has 1, 3 or 4 entries, fewer than the next one, and
    the last axis has more than 4.

    Args:
        x: of shape (n, height, width, channels) or (n, channels, height, width).
        channels: which, if it is known.
        masks: their shape, if there are masks.
        where: what to call the pictures in messages.

    Raises:
        DataError: ``channels`` is something else.
    """
    if channels not in (None, "first", "last"):
        raise DataError(
            "channels come first or last",
            expected="'first', 'last' or None",
            received=repr(channels),
            where=where,
        )
    if channels == "last":
        return x, ()
    if channels == "first":
        return turned(x), ()
    first, after, last = x.shape[1:]
    if masks is not None and len(masks) in (3, 4):
        behind = len(masks) == 4 and masks[1] == 1 and masks[-1] != 1
        sides = masks[2:] if behind else masks[1:3]
        come_first = sides == x.shape[2:] and sides != x.shape[1:3]
    else:
        come_first = first in USUAL and last not in _FEW and first < after
    if come_first:
        return turned(x), (f"{_told(x)}: read as {_sizes(turned(x))}. {_OTHERWISE['last']}",)
    if first < min(after, last) and last not in _FEW:
        return x, (f"read as {_sizes(x)}. {_OTHERWISE['first']}",)
    return x, ()


_OTHERWISE = {
    "first": "If the channels come first, give channels='first' (--channels first).",
    "last": "If they come last, give channels='last' (--channels last).",
}


def turned(x: Array) -> Array:
    """Pictures whose channels come first, with their channels last."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def _told(x: Array) -> str:
    return f"the channels come first in shape ({', '.join(map(str, x.shape))})"


def _sizes(x: Array) -> str:
    height, width, channels = x.shape[1:]
    many = "channel" if channels == 1 else "channels"
    return f"pictures {height} high and {width} wide with {channels} {many}"
