"""From raw images to a network's inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.arrays import check_finite, check_shape, numeric_array
from shoal.data.scaling import mean_and_scale
from shoal.errors import DataError

Array = npt.NDArray[Any]
Inputs = npt.NDArray[np.float32]

_BLOCK = 256

_FAINT = 2.0
"""Of 255: where training pixels are brighter than this, pictures up to 1 are none of theirs."""


@dataclass(frozen=True)
class ImageEncoder:
    """(x / maximum − mean) / scale, one mean and scale for all pixels.

    ``maximum`` is 255 for uint8, else the greatest magnitude in the training
    images; ``mean`` and ``scale`` are those of the training pixels after it.
    Images whose pixels plainly go from 0 to 1 where those of training went to 255, or
    the other way round, are refused: to the network they would all be black, or glaring.
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
        maximum = float(np.abs(x).max()) or 1.0
        center, spread = mean_and_scale((x / maximum).reshape(-1))
        return cls(x.shape[1:], maximum, float(center), float(spread))

    def encode(self, x: Any, where: str) -> Inputs:
        """Images of shape (n, *shape), or (n, height, width) for one channel."""
        array = numeric_array(x, where=where)
        if array.ndim == 3 and self.shape[-1] == 1:
            array = array[..., np.newaxis]
        check_shape(array, self.shape, where)
        check_finite(array, where=where)
        self._check_brightness(array, where)
        wide = np.float64 if array.dtype == np.float64 else np.float32
        encoded = np.empty(array.shape, np.float32)
        for i in range(0, len(array), _BLOCK):  # a block at a time stays in the cache
            block: npt.NDArray[np.floating[Any]] = array[i : i + _BLOCK].astype(wide)
            block /= self.maximum
            block -= self.mean
            block /= self.scale
            encoded[i : i + _BLOCK] = block
        return encoded

    def _check_brightness(self, array: Array, where: str) -> None:
        """Raise DataError if pixels are counted in other units than in training."""
        if array.size == 0:
            return
        lowest, highest = float(array.min()), float(array.max())
        expected = received = hint = ""
        bright = 255.0 * (self.mean + self.scale) > _FAINT
        if array.dtype == np.uint8 and self.maximum <= 1.0 and highest > 1:
            expected, received = "real numbers up to 1", f"whole numbers up to {highest:g}"
            hint = "Divide them by 255."
        shares = array.dtype != np.uint8 and lowest >= 0.0 and 0.0 < highest <= 1.0
        if shares and self.maximum == 255.0 and bright:
            expected, received = "0 to 255", f"real numbers up to {highest:g}"
            hint = "Multiply them by 255."
        if hint:
            raise DataError(
                "pixels are counted as in training",
                expected=expected,
                received=received,
                where=where,
                hint=hint,
            )
