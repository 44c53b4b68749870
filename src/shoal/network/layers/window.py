"""Windows that slide over maps: sizes, strides, paddings, for convolution and pooling."""

from __future__ import annotations

from typing import Any

from shoal.errors import NetworkError
from shoal.network.layer import Shape, check_field, whole_number
from shoal.space import Choice

Pair = tuple[int, int]
PADDINGS = ("same", "valid")


def check_pair(value: Any, what: str) -> None:
    """Check a number or a pair of numbers, or every value of the range that stands there."""
    if isinstance(value, Choice):
        for option in value.options:
            check_pair(option, what)
        return
    if isinstance(value, tuple) and len(value) != 2:
        raise NetworkError(
            f"{what} is a number or a pair", expected="(height, width)", received=value
        )
    for item in value if isinstance(value, tuple) else (value,):
        check_field(item, what)


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


def pair(value: Any, what: str) -> Pair:
    """A number for both directions, or a pair, as a pair."""
    high, wide = value if isinstance(value, tuple) else (value, value)
    return whole_number(high, what), whole_number(wide, what)


def paddings(padding: Any, size: Pair, window: Pair, stride: Pair) -> tuple[Pair, Pair]:
    """Cells added before and after, by direction.

    ``same``: enough for ceil(size / stride) outputs, the odd cell after;
    ``valid``: none; a number: that many on every side.
    """
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding != "same":
        cells = whole_number(padding, "padding", least=0)
        return (cells, cells), (cells, cells)
    both = []
    for n, k, s in zip(size, window, stride, strict=True):
        total = max((-(-n // s) - 1) * s + k - n, 0)
        both.append((total // 2, total - total // 2))
    return both[0], both[1]


def out_size(size: Pair, window: Pair, stride: Pair, pads: tuple[Pair, Pair], what: str) -> Pair:
    """Height and width of the output: floor((n + pads - k) / s) + 1.

    Raises:
        NetworkError: the window is larger than the padded map.
    """
    result = []
    for n, k, s, (before, after) in zip(size, window, stride, pads, strict=True):
        if k > n + before + after:
            raise NetworkError(
                f"a {what} fits into the map",
                expected=f"a map of at least {window[0]}×{window[1]}",
                received=f"{size[0]}×{size[1]}",
                hint="Use a smaller window, less pooling before it, or padding='same'.",
            )
        result.append((n + before + after - k) // s + 1)
    return result[0], result[1]


def check_map(shape: Shape, what: str) -> None:
    """Raise NetworkError unless the shape is that of a map with channels."""
    if len(shape) != 3:
        raise NetworkError(
            f"a {what} takes maps",
            expected="shape (height, width, channels)",
            received=f"shape {shape}",
        )
