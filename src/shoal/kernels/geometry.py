"""The shape arithmetic of sliding windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """Windows sliding over two axes.

    Attributes:
        window: extent along each axis.
        stride: step along each axis.
        padding: (before, after) along each axis.
        dilation: distance of neighboring taps along each axis.
        groups: groups of channels that do not see each other.
    """

    window: Pair
    stride: Pair
    padding: tuple[Pair, Pair]
    dilation: Pair = (1, 1)
    groups: int = 1

    @property
    def before(self) -> Pair:
        """Padding before the first row and column."""
        return self.padding[0][0], self.padding[1][0]

    def out(self, height: int, width: int) -> Pair:
        """How many windows fit along each axis; at least none."""
        sizes = (
            size + sum(pads) - (window - 1) * dilation - 1
            for size, window, pads, dilation in zip(
                (height, width), self.window, self.padding, self.dilation, strict=True
            )
        )
        rows, columns = (
            max(0, room // step + 1) for room, step in zip(sizes, self.stride, strict=True)
        )
        return rows, columns


@dataclass(frozen=True)
class AfterNorm:
    """What comes after a batch normalization, as one operation with it.

    Attributes:
        rectified: whether what is below 0 becomes 0, at the end.
        window: height and width of the windows whose maxima are taken before that. They lie
            side by side and fill the maps, whose pixels are the rows; (1, 1) for none.
        across: pixels of a map side by side; of no matter without windows.
    """

    rectified: bool = False
    window: Pair = (1, 1)
    across: int = 1

    @property
    def places(self) -> int:
        """Pixels under a window."""
        return self.window[0] * self.window[1]

    @property
    def band(self) -> int:
        """Pixels under a row of windows; 1 without windows."""
        return self.window[0] * self.across if self.places > 1 else 1


NOTHING = AfterNorm()
"""Nothing comes after it."""


def windows(
    window: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int] = (1, 1),
    groups: int = 1,
) -> Windows:
    """The same from any sequences."""
    (top, bottom), (left, right) = padding
    return Windows(
        (int(window[0]), int(window[1])),
        (int(stride[0]), int(stride[1])),
        ((int(top), int(bottom)), (int(left), int(right))),
        (int(dilation[0]), int(dilation[1])),
        groups,
    )
