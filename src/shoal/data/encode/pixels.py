"""Pixels as inputs: memory for them, their units, and bytes that are scaled where they are used.

Units are checked, because a network that has learned from bytes takes pictures from 0 to 1 for
black ones, and the other way round for glaring ones. It would predict nothing of use, without a
word. Each picture is checked by itself, so that its prediction does not depend on its
neighbors.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.errors import DataError
from shoal.utils.limits import most_bytes

ALIGNED = 64
"""Bytes at whose multiples an array begins that JAX uses without a copy, on processors."""

LARGE = 1 << 26
"""Bytes of rows that are copied at once."""

SHARE = 0.25
"""Of what one file may take of memory; inputs that take more are in a file themselves."""


def allocated(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array that is still to be filled.

    Where it would take much of the memory it is a mapped file without a name, in the folder
    for temporary files: of that the system keeps in memory what there is room for, and reads
    again what is asked for, such as the rows of a batch.

    Raises:
        DataError: there is no room for the file.
    """
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    if is_large(size):
        return _mapped(shape, kind, size)
    memory = np.empty(size + ALIGNED, np.uint8)
    first = -memory.ctypes.data % ALIGNED
    return memory[first : first + size].view(kind).reshape(shape)


def is_large(size: int) -> bool:
    """Whether an array of that many bytes takes much of the memory."""
    return size > SHARE * most_bytes()


def taken(x: npt.NDArray[Any], rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """These rows of an array, in memory of that kind where they take much of it."""
    if (
        rows.dtype.kind not in "iu"
        or x.dtype.kind not in "biuf"
        or len(rows) * x[:1].nbytes < LARGE
    ):
        return x[rows]
    found = allocated((len(rows), *x.shape[1:]), x.dtype)
    step = max(LARGE // x[:1].nbytes, 1)
    for start in range(0, len(rows), step):
        found[start : start + step] = x[rows[start : start + step]]
    return found


def concatenated(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """The rows of several arrays, one after another, in memory of that kind."""
    shape = (sum(map(len, parts)), *parts[0].shape[1:])
    dtype = np.result_type(*parts)
    if dtype.kind not in "biuf":
        return np.concatenate(parts)
    return np.concatenate(parts, out=allocated(shape, dtype))


def _mapped(shape: tuple[int, ...], kind: np.dtype[Any], size: int) -> npt.NDArray[Any]:
    folder = tempfile.gettempdir()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)  # else a full disk ends the process
            return np.asarray(np.memmap(file, kind, "w+", shape=shape))
    except OSError as error:
        raise DataError(
            "inputs that take much memory are kept in a file meanwhile",
            expected=f"{size / 1e9:.1f} GB in the folder for temporary files",
            received=error.strerror or str(error),
            where=folder,
            hint="TMPDIR names another folder.",
        ) from None


Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

BYTE, WORD = 255.0, 65535.0
"""The brightest of 8 and of 16 bits."""

DEPTHS = {np.dtype(np.uint8): BYTE, np.dtype(np.uint16): WORD}
"""Types of pixels that stay as they are until a step uses them, and their brightest."""

_LEAST_COUNT = 8.0
"""Training pixels up to a whole number from here on are counted, not shares of 1."""

_FAINT = 2.0
"""Where training pixels are brighter than this, pictures up to 1 are none of theirs."""

_SPECKS = 0.05
"""Share of ones up to which a picture of zeros and ones is taken to be black."""

_BRIGHT_WORD = 10 * BYTE
"""Where training pixels of 16 bits are brighter than this, pictures up to 255 are none."""

_FAR = 16.0
"""Real numbers beyond this are none where training ended at 1."""


@dataclass(frozen=True, eq=False)
class _Finding:
    """Pictures that are counted otherwise: which, how, and what to do about it."""

    flags: Flags
    received: str
    hint: str


def check_units(
    array: Array,
    maximum: float,
    bright: float,
    where: str,
    names: Sequence[str] = (),
    chosen: npt.NDArray[np.int64] | None = None,
) -> None:
    """Refuse pictures whose pixels are plainly counted in other units than in training.

    Args:
        array: pictures of shape (n, height, width, channels); those of type uint8 and
            uint16 count up to 255 and 65535, whatever is in them.
        maximum: what training pixels were divided by.
        bright: a training pixel, one standard deviation above the mean.
        where: what to call the pictures in messages.
        names: of each picture that is looked at; their numbers if there are none.
        chosen: which pictures are looked at; all of them if None.

    Raises:
        DataError: with the first such picture.
    """
    depth = DEPTHS.get(array.dtype)
    if array.size == 0 or (depth is not None and depth == maximum):
        return
    whole = chosen is None or len(chosen) == len(array)
    array = array if whole else array[chosen]
    rows = array.reshape(len(array), -1)
    found: _Finding | None
    if array.dtype in (np.uint8, np.uint16):
        found = _of_depth(rows, maximum)
    else:
        found = _of_shares(rows, maximum, bright) or _of_counts(rows, maximum, bright)
    if found is None or not found.flags.any():
        return
    place = int(found.flags.argmax())
    picture = names[place] if len(names) == len(array) else f"picture {place}"
    expected = {BYTE: "0 to 255", WORD: "0 to 65535"}.get(maximum, f"numbers up to {maximum:g}")
    raise DataError(
        "pixels are counted as in training",
        expected="real numbers up to 1" if maximum <= 1 else expected,
        received=f"{found.received.format(float(rows[place].max()))} in {picture}",
        where=where,
        hint=found.hint,
    )


def _of_depth(rows: Array, maximum: float) -> _Finding:
    """Pictures of 8 or 16 bits: the type tells how they are counted."""
    every = np.ones(len(rows), bool)
    if rows.dtype == np.uint8 and maximum == WORD:
        hint = "Give pictures of 16 bits; x.astype('uint16') * 257 makes them."
        return _Finding(every, "8 bits", hint)
    if rows.dtype == np.uint8 and maximum > BYTE:
        hint = "If they are counted as in training, give x.astype('float32')."
        return _Finding(every, "8 bits", hint)
    if rows.dtype == np.uint16 and maximum == BYTE:
        hint = "Give pictures of 8 bits; (x // 257).astype('uint8') makes them."
        return _Finding(every, "16 bits", hint)
    limit = 1.0 if maximum <= 1.0 else 2.0 * maximum
    most = BYTE if rows.dtype == np.uint8 else WORD
    return _Finding(
        rows.max(axis=1) > limit, "whole numbers up to {:g}", f"Divide them by {most:g}."
    )


def _of_shares(rows: Array, maximum: float, bright: float) -> _Finding | None:
    """Pictures that go from 0 to 1, where training pixels were counted."""
    if maximum < _LEAST_COUNT or maximum != round(maximum) or bright <= _FAINT:
        return None
    highest = rows.max(axis=1)
    shares = (rows.min(axis=1) >= 0) & (highest > 0) & (highest <= 1)
    # Of zeros and ones alone, only a picture that is nearly black has few ones.
    shares = _where(shares, rows, fractions=True) | (shares & (rows.mean(axis=1) > _SPECKS))
    found = _Finding(shares, "real numbers up to {:.4g}", f"Multiply them by {maximum:g}.")
    return found if shares.any() else None


def _of_counts(rows: Array, maximum: float, bright: float) -> _Finding | None:
    """Pictures that are counted, but not as those of training."""
    highest = rows.max(axis=1)
    if maximum == WORD and bright > _BRIGHT_WORD:
        dark = (rows.min(axis=1) >= 0) & (highest > 1) & (highest <= BYTE)
        hint = "Multiply them by 257, or give them as uint16."
        return _Finding(dark, "numbers up to {:g}", hint)
    if maximum == BYTE:
        hint = "Divide them by 257 if they have 16 bits."
        return _Finding(highest > 2 * BYTE, "numbers up to {:g}", hint)
    if maximum > 1.0:
        return None
    beyond = (highest > _FAR) | _where((highest > 2) & (highest <= _FAR), rows, fractions=False)
    hint = "Divide them by the greatest number that a pixel can be, such as 255."
    return _Finding(beyond, "numbers up to {:g}", hint)


def _where(flags: Flags, rows: Array, *, fractions: bool) -> Flags:
    """The flagged rows that have fractions, or those that have none."""
    kept = np.zeros(len(flags), bool)
    for i in np.flatnonzero(flags).tolist():
        kept[i] = bool((rows[i] != np.round(rows[i])).any()) == fractions
    return kept


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
            if not isinstance(rows[0], int | np.integer):
                return self[rows[0]][(slice(None), *rows[1:])]
            one = self.pixels[(self.rows[rows[0]], *rows[1:])]  # a tile of a picture alone
            part = scaled(one[None, None, None], self.scaling[rows[0]])
            return np.asarray(part[0, 0, 0])
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
    """Slices of the rows, each of about `NUMBERS` numbers; ``shape`` is that of all rows."""
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
        pixels = concatenated(every)
    rows = np.concatenate([part.rows + first[id(part.pixels)] for part in parts])
    return PixelInputs(pixels, rows, np.concatenate([part.scaling for part in parts]))
