"""Rotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import traced
from shoal.training.augmentation.affine_maps import linear_map
from shoal.training.augmentation.draws import Draws
from shoal.training.augmentation.transform import Affine, Size, Strength, number
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class Rotation(Affine):
    r"""Turns an image about its center by an angle uniform in [-degrees, degrees].

    Args:
        degrees: the largest angle, 0 ≤ degrees ≤ 180.

    Raises:
        RecipeError: an angle outside its bounds.

    Source: Simard, Steinkraus and Platt, "Best practices for convolutional
    neural networks", ICDAR 2003.
    """

    kind: ClassVar[str] = "rotation"

    degrees: Strength = traced(10.0)

    def __post_init__(self) -> None:
        check_number(self.degrees, "degrees", low=0.0, high=180.0 + 1e-9)

    def source(self, draws: Draws, size: Size) -> Array:
        angle = draws.signed(1)[:, 0] * (number(self.degrees) * (jnp.pi / 180.0))
        cosine, sine = jnp.cos(angle), jnp.sin(angle)
        return linear_map(cosine, -sine, sine, cosine)
