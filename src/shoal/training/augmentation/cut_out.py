"""Cut-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import traced
from shoal.training.augmentation.draws import Draws
from shoal.training.augmentation.transform import Recoloring, Strength, number
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class CutOut(Recoloring):
    """Blanks a rectangle of an image, its center anywhere, with the mean of all pixels.

    Parts of the rectangle may hang over the border. In a segmentation the mask
    stays as it is: what is hidden is to be told from what is around it.

    Args:
        size: the rectangle's sides, a share of the image's, 0 ≤ size ≤ 1.

    Raises:
        RecipeError: a size outside its bounds.

    Source: DeVries and Taylor, "Improved regularization of convolutional neural
    networks with Cutout", arXiv 1708.04552 (2017).
    """

    kind: ClassVar[str] = "cut_out"

    size: Strength = traced(0.3)

    def __post_init__(self) -> None:
        check_number(self.size, "size", low=0.0, high=1.0 + 1e-9)

    def recolor(self, x: Array, draws: Draws) -> Array:
        _, height, width, _ = x.shape
        center = draws.uniform(2)
        rows = self._inside(center[:, 0], height)
        columns = self._inside(center[:, 1], width)
        # The mean of the training pixels: inputs are standardized.
        return jnp.where((rows[:, :, None] & columns[:, None, :])[..., None], 0.0, x)

    def _inside(self, center: Array, pixels: int) -> Array:
        """Which of a side's pixels lie in the rectangle, of shape (batch, pixels)."""
        middle = (jnp.arange(pixels, dtype=jnp.float32) + 0.5) / pixels
        return jnp.abs(middle[None, :] - center[:, None]) < 0.5 * number(self.size)
