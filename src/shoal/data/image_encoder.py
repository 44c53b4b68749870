"""From raw images to a network's inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.arrays import check_finite, check_shape, numeric_array
from shoal.data.pixel_units import WORD, check_units
from shoal.data.scaling import mean_and_scale
from shoal.errors import DataError

Array = npt.NDArray[Any]
Inputs = npt.NDArray[np.float32]

_BLOCK = 256


@dataclass(frozen=True)
class ImageEncoder:
    """(x / maximum − mean) / scale, one mean and scale for all pixels.

    ``maximum`` is 255 for uint8, 65535 for uint16, else the greatest magnitude in the
    training images; ``mean`` and ``scale`` are those of the training pixels after it.
    Images whose pixels are plainly counted otherwise are refused (`pixel_units`).
    """

    shape: tuple[int, ...]
    maximum: float
    mean: float
    scale: float

    @classmethod
    def fit(cls, x: Array) -> ImageEncoder:
        """Fit on images of shape (n, height, width, channels)."""
        if x.dtype == np.uint8:
            # A histogram is exact, and needs no copy of the images in floating point.
            # Block by block, because bincount widens what it counts to 64 bits.
            blocks = (x[i : i + _BLOCK] for i in range(0, len(x), _BLOCK))
            counts = sum(np.bincount(block.ravel(), minlength=256) for block in blocks)
            values = np.arange(256) / 255.0
            mean = float(np.average(values, weights=counts))
            scale = float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))
            return cls(x.shape[1:], 255.0, mean, scale or 1.0)
        maximum = WORD if x.dtype == np.uint16 else float(np.abs(x).max()) or 1.0
        center, spread = mean_and_scale((x / maximum).reshape(-1))
        return cls(x.shape[1:], maximum, float(center), float(spread))

    def encode(self, x: Any, where: str, names: Sequence[str] = ()) -> Inputs:
        """Images of shape (n, *shape) as inputs of the network.

        Gray ones of shape (n, height, width) too, and those whose channels come first; gray
        fills all channels of a model of color, and one of gray reads color that is gray.

        Args:
            x: the images.
            where: what to call them in messages.
            names: of each; their numbers if there are none.
        """
        array = numeric_array(x, where=where)
        array = self._fitting(array, where, names)
        check_shape(array, self.shape, where)
        check_finite(array, where=where)
        bright = self.maximum * (self.mean + self.scale)
        check_units(array, self.maximum, bright, where, names)
        wide = np.float64 if array.dtype == np.float64 else np.float32
        encoded = np.empty(array.shape, np.float32)
        for i in range(0, len(array), _BLOCK):  # a block at a time stays in the cache
            block: npt.NDArray[np.floating[Any]] = array[i : i + _BLOCK].astype(wide)
            block /= self.maximum
            block -= self.mean
            block /= self.scale
            encoded[i : i + _BLOCK] = block
        return encoded

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
