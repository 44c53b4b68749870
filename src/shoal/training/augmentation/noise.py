"""Noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.space import traced
from shoal.training.augmentation.draws import Draws
from shoal.training.augmentation.transform import Recoloring, Strength, number
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class Noise(Recoloring):
    r"""Adds normal noise to every input: :math:`x + \sigma z`, z standard normal.

    Inputs are standardized, so a standard deviation of 1 is as much noise as
    there is signal. For tables as well as for images.

    Args:
        stddev: σ.

    Raises:
        RecipeError: a standard deviation that is negative or no number.

    Source: Bishop, "Training with noise is equivalent to Tikhonov
    regularization", Neural Computation 7 (1995).
    """

    kind: ClassVar[str] = "noise"
    for_images: ClassVar[bool] = False

    stddev: Strength = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.stddev, "stddev", low=0.0)

    def recolor(self, x: Array, draws: Draws) -> Array:
        noise = draws.normal(math.prod(x.shape[1:])).reshape(x.shape)
        return x + number(self.stddev) * noise
