"""From raw images to a network's inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.encode.pixels import DEPTHS, PixelInputs, allocated, blocks_of, check_units
from shoal.data.encode.resizing import Resizing
from shoal.data.io.arrays import check_finite, check_shape, numeric_array
from shoal.errors import DataError

Array = npt.NDArray[Any]
Inputs = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ImageEncoder:
    """(x / maximum − mean) / scale, one mean and scale for all pixels.

    ``maximum`` is 255 for uint8, 65535 for uint16, else the greatest magnitude in the
    training images; ``mean`` and ``scale`` are those of the training pixels after it.
    Images whose pixels are plainly counted otherwise are refused (`pixel_units`). ``resizing``
    is what was done with those of training to make them one size; None: nothing.
    """

    shape: tuple[int, ...]
    maximum: float
    mean: float
    scale: float
    resizing: Resizing | None = None

    @classmethod
    def fit(cls, x: Array, rows: Rows | None = None) -> ImageEncoder:
        """Fit on images of shape (n, height, width, channels), or on these rows of them.

        They are read some at a time: no copy of all of them is made.
        """
        rows = np.arange(len(x)) if rows is None else rows
        depth = DEPTHS.get(x.dtype)
        mean, scale = _of_counts(x, rows, depth) if depth else (0.0, 0.0)
        if depth:
            return cls(x.shape[1:], depth, mean, scale or 1.0)
        maximum = max(float(np.abs(block).max()) for block in _blocks(x, rows)) or 1.0
        return cls(x.shape[1:], maximum, *_of_numbers(x, rows, maximum))

    def encode(self, x: Any, where: str, names: Sequence[str] = ()) -> Inputs:
        """Images of shape (n, *shape) as inputs of the network.

        Gray ones of shape (n, height, width) too, and those whose channels come first; gray
        fills all channels of a model of color, and one of gray reads color that is gray.

        Args:
            x: the images.
            where: what to call them in messages.
            names: of each; their numbers if there are none.
        """
        inputs = self.read(x, where, names)
        return inputs[:] if isinstance(inputs, PixelInputs) else inputs

    def read(
        self, x: Any, where: str, names: Sequence[str] = (), rows: Rows | None = None
    ) -> Inputs | PixelInputs:
        """As `encode`; pixels of 8 and 16 bits stay as they are until they are used.

        Args:
            x: the images.
            where: what to call them in messages.
            names: of each that is read; their numbers if there are none.
            rows: which of the images are read; all of them if None.
        """
        array = numeric_array(x, where=where)
        kept = array.dtype in DEPTHS
        if rows is not None and not kept:
            array, rows = array[rows], None
        array = self.fitting(array, where, names, rows)
        if kept:
            rows = np.arange(len(array)) if rows is None else rows
            factors = np.array([self.maximum, self.mean, self.scale], np.float32)
            return PixelInputs(_contiguous(array), rows, np.tile(factors, (len(rows), 1)))
        wide = np.float64 if array.dtype == np.float64 else np.float32
        encoded: Inputs = allocated(array.shape, np.float32)
        for part in blocks_of(len(array), array.shape):
            block: npt.NDArray[np.floating[Any]] = array[part].astype(wide)
            block /= self.maximum
            block -= self.mean
            block /= self.scale
            encoded[part] = block
        return encoded

    def fitting(
        self, x: Any, where: str, names: Sequence[str] = (), rows: Rows | None = None
    ) -> Array:
        """Images of shape (n, *shape), not yet encoded; units of these rows are checked.

        Raises:
            DataError: another shape, or pixels that are counted otherwise than in training.
        """
        array = self._fitting(numeric_array(x, where=where), where, names)
        check_shape(array, self.shape, where)
        check_finite(array, where=where)
        bright = self.maximum * (self.mean + self.scale)
        rows = np.arange(len(array)) if rows is None else rows
        check_units(array, self.maximum, bright, where, names, rows)
        return array

    def of_size(self, x: Any) -> ImageEncoder:
        """The same for images of these sizes, channels first or last; itself if they are none."""
        shape: tuple[int, ...] = getattr(x, "shape", ())
        channels = self.shape[-1]
        if len(shape) == 3 and channels == 1 < shape[2]:
            size = shape[1:]
        elif len(shape) == 4 and shape[3] in (1, 3, channels):
            size = shape[1:3]
        elif len(shape) == 4 and shape[1] in (1, 3, channels):
            size = shape[2:]
        else:
            return self
        return replace(self, shape=(*size, channels)) if min(size) > 0 else self

    def _fitting(self, array: Array, where: str, names: Sequence[str]) -> Array:
        """The images with the axes and the channels of training, where that is lossless."""
        height, width, channels = self.shape
        if array.shape == self.shape:  # one picture, which is refused
            return array
        if array.ndim == 3 and (channels == 1 or array.shape[1:] == (height, width)):
            array = array[..., np.newaxis]
        if array.ndim != 4 or array.shape[1:] == self.shape:
            return array
        if array.shape[1:3] != (height, width):
            if array.shape[2:] == (height, width) and array.shape[1] in (1, 3, channels):
                array = np.moveaxis(array, 1, -1)
            elif (array.shape[3], *array.shape[1:3]) == self.shape:  # trained with channels first
                return np.moveaxis(array, -1, 1)
            else:
                return array
        if array.shape[-1] == 1 and channels == 3:
            return np.repeat(array, 3, axis=-1)
        if array.shape[-1] == 3 and channels == 1:
            _check_gray(array, where, names)
            return array[..., :1]
        return array


def _blocks(x: Array, rows: Rows) -> Iterator[Array]:
    """These rows of images, some at a time."""
    return (x[rows[part]] for part in blocks_of(len(rows), x.shape))


def _of_counts(x: Array, rows: Rows, maximum: float) -> tuple[float, float]:
    """Mean and standard deviation of pixels of 8 or 16 bits, which are shares of the maximum.

    How often each of them occurs is exact.
    """
    counts = np.zeros(int(maximum) + 1, np.int64)
    for block in _blocks(x, rows):
        counts += np.bincount(block.ravel(), minlength=len(counts))
    values = np.arange(len(counts)) / maximum
    mean = float(np.average(values, weights=counts))
    return mean, float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))


def _of_numbers(x: Array, rows: Rows, maximum: float) -> tuple[float, float]:
    """Mean and standard deviation of pixels that are real numbers, divided by the maximum.

    A constant has the scale 1, so that it is 0 for the network and no rounding error.
    """
    count = len(rows) * prod(x.shape[1:])
    first = float(x[rows[0]].flat[0])
    if all((block == first).all() for block in _blocks(x, rows)):
        return float(np.float64(first) / maximum), 1.0
    mean = sum(float((b / maximum).sum(dtype=np.float64)) for b in _blocks(x, rows)) / count
    squares = (np.square(b.astype(np.float64) / maximum - mean).sum() for b in _blocks(x, rows))
    return mean, float(np.sqrt(sum(map(float, squares)) / count)) or 1.0


def _contiguous(array: Array) -> Array:
    """The images in the order of their pixels, in memory that a device uses as it lies."""
    if array.flags.c_contiguous:
        return array
    whole = allocated(array.shape, array.dtype)
    whole[...] = array
    return whole


def _check_gray(array: Array, where: str, names: Sequence[str]) -> None:
    """Refuse pictures in color for a model of gray ones."""
    colored = (array != array[..., :1]).any(axis=(1, 2, 3))
    if colored.any():
        place = int(colored.argmax())
        raise DataError(
            "pictures have the channels of training",
            expected="gray",
            received="color in "
            + (names[place] if len(names) == len(array) else f"picture {place}"),
            where=where,
            hint="Turn them into gray ones first, as those of training were.",
        )
