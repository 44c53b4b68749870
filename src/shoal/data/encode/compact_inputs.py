"""Inputs of a large table, a number in place of each row of zeros with a one among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.encode.pixels import PixelInputs, joined_pixels

LARGE_TABLE = 1 << 26
"""Bytes from which on the inputs of a table are kept so, if it halves them."""

NONE = 255
"""The place of the one where there is none; places are bytes."""

WIDE_NONE = 65_535
"""The same where places are of 16 bits, since some category has 255 features or more."""

ROWS = 1 << 14
"""Rows that are looked at together where all of them are."""


@dataclass(frozen=True, eq=False)
class CompactInputs:
    """Float32 of shape (n, features); rows of it are arrays.

    Attributes:
        numbers: float32 of shape (n, …): features as they are.
        places: uint8 or uint16 of shape (n, …): of each category the feature that is 1, `NONE`
            or `WIDE_NONE` if all of its features are 0.
        layout: the features in their order: so many of the numbers, or less than zero, so
            many of the next category.
    """

    numbers: npt.NDArray[np.float32]
    places: npt.NDArray[np.uint8 | np.uint16]
    layout: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and features."""
        return (len(self.numbers), sum(map(abs, self.layout)))

    @property
    def ndim(self) -> int:
        """Axes."""
        return 2

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Of the rows."""
        return np.dtype(np.float32)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.numbers.nbytes + self.places.nbytes

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> npt.NDArray[np.float32]:
        """These rows, of shape (…, features); of a slice or an array of rows also some features."""
        if isinstance(rows, tuple):
            of_rows, features = rows
            own = self.part(of_rows)
            return np.concatenate([own[:0][:, features]] + [b[:, features] for b in own.blocks()])
        numbers, places = self.numbers[rows], self.places[rows]
        found = np.zeros((*numbers.shape[:-1], self.shape[1]), np.float32)
        feature = number = category = 0
        for width in self.layout:
            to = found[..., feature : feature + abs(width)]
            if width > 0:
                to[...] = numbers[..., number : number + width]
                number += width
            else:
                to[...] = places[..., category, np.newaxis] == np.arange(-width)
                category += 1
            feature += abs(width)
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return self[:] if dtype is None else self[:].astype(dtype, copy=False)

    def part(self, rows: Any) -> CompactInputs:
        """These rows, compact as well; a slice of them is a view."""
        return CompactInputs(self.numbers[rows], self.places[rows], self.layout)

    def blocks(self) -> Iterator[npt.NDArray[np.float32]]:
        """All rows, some at a time."""
        return (self[start : start + ROWS] for start in range(0, len(self), ROWS))


AnyInputs = npt.NDArray[Any] | CompactInputs | PixelInputs


def part_of(x: AnyInputs, rows: Any) -> AnyInputs:
    """Some rows of inputs, as compact as these are; a slice of them is a view."""
    return x[rows] if isinstance(x, np.ndarray) else x.part(rows)


def blocks_in(x: AnyInputs) -> Iterator[npt.NDArray[Any]]:
    """All rows as a network takes them, some at a time."""
    return iter([x]) if isinstance(x, np.ndarray) else x.blocks()


def joined(parts: Sequence[AnyInputs]) -> AnyInputs:
    """The rows of all parts, one after another; compact if all are, in one layout."""
    compact = [part for part in parts if isinstance(part, CompactInputs)]
    if len(compact) == len(parts) and len({part.layout for part in compact}) == 1:
        return CompactInputs(
            np.concatenate([part.numbers for part in compact]),
            np.concatenate([part.places for part in compact]),
            compact[0].layout,
        )
    pixels = [part for part in parts if isinstance(part, PixelInputs)]
    if len(pixels) == len(parts) and len({part.pixels.dtype for part in pixels}) == 1:
        return joined_pixels(pixels)
    return np.concatenate([np.asarray(part) for part in parts])


def layout_of(columns: Iterable[tuple[int, bool]]) -> tuple[int, ...]:
    """The layout of columns.

    Args:
        columns: of each the number of its features, and whether it is kept as places.
    """
    layout = list[int]()
    for width, as_places in columns:
        if as_places:
            layout.append(-width)
        elif layout and layout[-1] > 0:
            layout[-1] += width
        elif width:
            layout.append(width)
    return tuple(layout)
