"""Inputs from pictures of 8 or 16 bits: the pixels as they are, scaled where they are used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.allocation import allocated

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

NUMBERS = 1 << 20
"""Of pictures that are worked on together, about: a block of them stays in the cache."""

FACTORS = 3
"""Numbers that scale a picture: (x / maximum − mean) / scale."""


@dataclass(frozen=True, eq=False)
class PixelInputs:
    """Float32 of shape (n, height, width, channels); rows of it are arrays.

    Several of them, such as the parts of a split, share the pixels of one data set.

    Attributes:
        pixels: uint8 or uint16 of shape (pictures, height, width, channels).
        rows: which of these pictures each example is, int64 of shape (n,).
        scaling: of each example maximum, mean and scale, float32 of shape (n, 3).
    """

    pixels: Array
    rows: Rows
    scaling: npt.NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        """Examples, and the shape of each."""
        return (len(self.rows), *self.pixels.shape[1:])

    @property
    def ndim(self) -> int:
        """Axes."""
        return self.pixels.ndim

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Of the rows."""
        return np.dtype(np.float32)

    @property
    def nbytes(self) -> int:
        """Bytes of the examples' pixels and of what scales them."""
        return len(self) * prod(self.shape[1:]) * self.pixels.itemsize + self.scaling.nbytes

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> npt.NDArray[np.float32]:
        """These rows: one of them, a slice, or an array of rows; of them also some pixels."""
        if isinstance(rows, tuple):
            found = self[rows[0]]
            return found[rows[1:] if found.ndim < self.ndim else (slice(None), *rows[1:])]
        own, scaling = self.rows[rows], self.scaling[rows]
        found = allocated((*own.shape, *self.pixels.shape[1:]), np.float32)
        if own.ndim == 0:
            found[...] = scaled(self.pixels[own], scaling)
            return found
        for block in blocks_of(len(own), self.shape):
            found[block] = scaled(self.pixels[own[block]], scaling[block])
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return self[:] if dtype is None else self[:].astype(dtype, copy=False)

    def part(self, rows: Any) -> PixelInputs:
        """These rows, of the same pixels."""
        return PixelInputs(self.pixels, self.rows[rows], self.scaling[rows])

    def blocks(self) -> Iterator[npt.NDArray[np.float32]]:
        """All rows, some at a time."""
        return (self[block] for block in blocks_of(len(self), self.shape))


def blocks_of(count: int, shape: Sequence[int]) -> Iterator[slice]:
    """Slices of so many rows, each of about `NUMBERS` numbers; ``shape`` is that of all rows."""
    size = max(NUMBERS // max(prod(shape[1:]), 1), 1)
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def scaled(pixels: Array, factors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Pictures as a network takes them.

    Args:
        pixels: of shape (…, height, width, channels).
        factors: maximum, mean and scale of each picture, of shape (…, 3).
    """
    maximum, mean, scale = (
        factors[..., i].reshape(*factors.shape[:-1], 1, 1, 1) for i in range(FACTORS)
    )
    numbers: npt.NDArray[np.float32] = pixels.astype(np.float32)
    numbers /= maximum
    numbers -= mean
    numbers /= scale
    return numbers


def joined_pixels(parts: Sequence[PixelInputs]) -> PixelInputs:
    """The examples of all parts, one after another; pixels that they share are there once."""
    distinct = {id(part.pixels): part.pixels for part in parts}
    first = dict(zip(distinct, np.cumsum([0, *map(len, distinct.values())]), strict=False))
    every = list(distinct.values())
    pixels = every[0]
    if len(every) > 1:
        shape = (sum(map(len, every)), *pixels.shape[1:])
        pixels = np.concatenate(every, out=allocated(shape, pixels.dtype))
    rows = np.concatenate([part.rows + first[id(part.pixels)] for part in parts])
    return PixelInputs(pixels, rows, np.concatenate([part.scaling for part in parts]))
