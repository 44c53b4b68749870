"""Shear."""

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
class Shear(Affine):
    r"""Slants an image: :math:`(row, column) \mapsto (row, column + s \cdot row)`.

    Rows stay rows. s is uniform in [-amount, amount], rows count from the center.

    Args:
        amount: columns a row, at most, 0 ≤ amount < 10.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 7.4.
    """

    kind: ClassVar[str] = "shear"

    amount: Strength = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=10.0)

    def source(self, draws: Draws, size: Size) -> Array:
        slant = draws.signed(1)[:, 0] * number(self.amount)
        one = jnp.ones_like(slant)
        return linear_map(one, jnp.zeros_like(slant), -slant, one)
