"""Crop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import traced
from shoal.training.augmentation.affine_maps import moved, scaling
from shoal.training.augmentation.draws import Draws
from shoal.training.augmentation.transform import Affine, Size, Strength, number
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class Crop(Affine):
    r"""Takes a window of an image and enlarges it to the image's size.

    The window's sides are 1 - u of the image's, u uniform in [0, amount]; it
    lies anywhere inside.

    Args:
        amount: share of a side that may be cut away, 0 ≤ amount < 1.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Szegedy et al., "Going deeper with convolutions", CVPR 2015.
    """

    kind: ClassVar[str] = "crop"

    amount: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=1.0)

    def source(self, draws: Draws, size: Size) -> Array:
        u = draws.uniform(3)
        cut = u[:, :1] * number(self.amount)
        side = 1.0 - cut[:, 0]
        room = 0.5 * cut * jnp.asarray(size, jnp.float32)[None]
        return moved(scaling(side, side), (2.0 * u[:, 1:] - 1.0) * room)
