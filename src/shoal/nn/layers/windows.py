"""Windows that slide over maps, for convolution and pooling: sizes, strides, padding.

A map has one to three directions and channels last: a line (length, C), a plane (height, width,
C), or a volume (depth, height, width, C).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shoal.errors import NetworkError
from shoal.nn.layer import Shape, check_field, whole_number
from shoal.space import Choice, Int

Size = int | Int | Choice | tuple[int | Int | Choice, ...]
"""What stands for a number in each direction: one for all, or one for each."""

Sizes = tuple[int, ...]
Sides = tuple[tuple[int, int], ...]
"""Cells before and after, for each direction."""

PADDINGS = ("same", "valid")
NOUNS = {"kernel_size": "filter", "pool_size": "window"}
MOST_DIRECTIONS = 3


def check_sizes(value: Any, what: str, *, least: int = 1) -> None:
    """Check a number or one for each direction, or every value of the range that stands there."""
    if isinstance(value, Choice):
        for option in value.options:
            check_sizes(option, what, least=least)
        return
    if isinstance(value, tuple) and not 1 <= len(value) <= MOST_DIRECTIONS:
        raise NetworkError(
            f"{what} is a number, or one for each direction",
            expected=f"1 to {MOST_DIRECTIONS} numbers",
            received=value,
        )
    for item in value if isinstance(value, tuple) else (value,):
        check_field(item, what, least=least)


def check_padding(value: Any) -> None:
    """Check a padding, or every value of the range that stands there."""
    if isinstance(value, Choice):
        for option in value.options:
            check_padding(option)
    elif isinstance(value, str):
        if value not in PADDINGS:
            raise NetworkError(
                "padding is 'same', 'valid' or a number of cells", received=repr(value)
            )
    else:
        check_field(value, "padding", least=0)


def sizes(value: Any, what: str, directions: int) -> Sizes:
    """A number for each direction, from one for all of them or as many as there are.

    Raises:
        NetworkError: another number of numbers than directions.
    """
    items = value if isinstance(value, tuple) else (value,) * directions
    if len(items) != directions:
        raise NetworkError(
            f"{what} has one number for each direction of the map",
            expected=f"a number, or a tuple of {directions}",
            received=value,
        )
    return tuple(whole_number(item, what) for item in items)


def paddings(padding: Any, size: Sizes, window: Sizes, stride: Sizes) -> Sides:
    """Cells added before and after, by direction, for windows of this extent.

    ``same``: enough for ceil(size / stride) outputs, the odd cell after;
    ``valid``: none; a number: that many on every side.
    """
    if padding == "valid":
        return ((0, 0),) * len(size)
    if padding != "same":
        cells = whole_number(padding, "padding", least=0)
        return ((cells, cells),) * len(size)
    both = []
    for n, k, s in zip(size, window, stride, strict=True):
        total = max((-(-n // s) - 1) * s + k - n, 0)
        both.append((total // 2, total - total // 2))
    return tuple(both)


@dataclass(frozen=True)
class Slide:
    """How a window slides over a map: a number, or a pair of sides, for each direction.

    Attributes:
        size: of the map.
        window, stride, dilation: of the window, its steps and its taps.
        padding: cells added before and after.
        out: how many places the window takes.
    """

    size: Sizes
    window: Sizes
    stride: Sizes
    padding: Sides
    dilation: Sizes
    out: Sizes


def slide(
    size: Sizes, window: Any, stride: Any, padding: Any, *, dilation: Any = 1, what: str
) -> Slide:
    """What a layer's fields come to on a map of this size.

    The output has floor((n + pads - e) / s) + 1 places in each direction, where
    e = d (k - 1) + 1 is what a window covers from its first tap to its last.

    Args:
        size: the map's, without channels.
        window: a number, or one for each direction.
        stride: likewise.
        padding: ``same``, ``valid`` or a number.
        dilation: distance of neighboring taps, as the window.
        what: ``kernel_size`` or ``pool_size``, for messages.

    Raises:
        NetworkError: the window is larger than the padded map.
    """
    windows, strides = sizes(window, what, len(size)), sizes(stride, "stride", len(size))
    dilations = sizes(dilation, "dilation", len(size))
    covered = tuple(d * (k - 1) + 1 for k, d in zip(windows, dilations, strict=True))
    pads = paddings(padding, size, covered, strides)
    result = []
    for n, e, s, (before, after) in zip(size, covered, strides, pads, strict=True):
        if e > n + before + after:
            raise NetworkError(
                f"a {NOUNS[what]} fits into the map",
                expected=f"a map of at least {'×'.join(map(str, covered))}",
                received="×".join(map(str, size)),
                hint="Use a smaller window, less pooling before it, or padding='same'.",
            )
        result.append((n + before + after - e) // s + 1)
    return Slide(size, windows, strides, pads, dilations, tuple(result))


def check_map(shape: Shape, what: str) -> None:
    """Raise NetworkError unless the shape is that of a map with channels."""
    if not 2 <= len(shape) <= MOST_DIRECTIONS + 1:
        raise NetworkError(
            f"a {what} takes maps",
            expected="shape (height, width, channels), (length, channels) or "
            "(depth, height, width, channels)",
            received=f"shape {shape}",
        )


Side = int | Int | Choice
Cells = Side | tuple[Side | tuple[Side, Side], ...]
"""A number for every side, or for each direction a number or (before, after)."""


def check_cells(value: Any) -> None:
    """Check cells, or every value of the range that stands there."""
    if isinstance(value, Choice):
        for option in value.options:
            check_cells(option)
        return
    if isinstance(value, tuple) and not 1 <= len(value) <= MOST_DIRECTIONS:
        raise _no_cells(value)
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, tuple) and len(item) != 2:
            raise _no_cells(value)
        for side in item if isinstance(item, tuple) else (item,):
            check_field(side, "cells", least=0)


def sides(value: Any, directions: int) -> Sides:
    """Cells before and after, for each direction.

    Raises:
        NetworkError: not one entry for each direction of the map.
    """
    items = value if isinstance(value, tuple) else (value,) * directions
    if len(items) != directions:
        raise NetworkError(
            "cells are given for each direction of the map",
            expected=f"a number, or a tuple of {directions}",
            received=value,
        )
    pairs = (item if isinstance(item, tuple) else (item, item) for item in items)
    return tuple(
        (whole_number(a, "cells", least=0), whole_number(b, "cells", least=0)) for a, b in pairs
    )


def _no_cells(value: Any) -> NetworkError:
    return NetworkError(
        "cells are a number, or for each direction a number or (before, after)",
        expected="for example 2, or ((0, 1), 3)",
        received=value,
    )
