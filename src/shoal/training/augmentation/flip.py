"""Flip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import traced
from shoal.training.augmentation.affine_maps import scaling
from shoal.training.augmentation.draws import Draws
from shoal.training.augmentation.transform import Affine, Size, Strength, number
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class Flip(Affine):
    """Mirrors an image, left to right or upside down, each with its own probability.

    Args:
        horizontal: probability of left and right changing places.
        vertical: probability of top and bottom changing places.

    Raises:
        RecipeError: a probability outside [0, 1].

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep
    convolutional neural networks", NIPS 2012.
    """

    kind: ClassVar[str] = "flip"

    horizontal: Strength = traced(0.5)
    vertical: Strength = traced(0.0)

    def __post_init__(self) -> None:
        check_number(self.horizontal, "horizontal", low=0.0, high=1.0 + 1e-9)
        check_number(self.vertical, "vertical", low=0.0, high=1.0 + 1e-9)

    def source(self, draws: Draws, size: Size) -> Array:
        u = draws.uniform(2)
        sides = jnp.where(u[:, 0] < number(self.horizontal), -1.0, 1.0).astype(jnp.float32)
        upside = jnp.where(u[:, 1] < number(self.vertical), -1.0, 1.0).astype(jnp.float32)
        return scaling(upside, sides)
