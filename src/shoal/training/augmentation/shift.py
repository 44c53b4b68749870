"""Shift."""

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
class Shift(Affine):
    r"""Moves an image up or down and to a side: :math:`p \mapsto p + (u H, v W)`.

    u and v are uniform in [-amount, amount]; H and W are height and width.

    Args:
        amount: the farthest shift, a share of the image's size, 0 ≤ amount < 1.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 7.4.
    """

    kind: ClassVar[str] = "shift"

    amount: Strength = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=1.0)

    def source(self, draws: Draws, size: Size) -> Array:
        moves = draws.signed(2) * number(self.amount) * jnp.asarray(size, jnp.float32)[None]
        one = jnp.ones_like(moves[:, 0])
        return moved(scaling(one, one), -moves)
