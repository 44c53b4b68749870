"""Brightness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.space import traced
from shoal.training.augmentation.draws import Draws
from shoal.training.augmentation.transform import Recoloring, Strength, number
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class Brightness(Recoloring):
    r"""Makes an image brighter or darker as a whole: :math:`x + u`.

    u is uniform in [-amount, amount]. Networks see standardized pixels, so an
    amount of 1 is one standard deviation of the training pixels.

    Args:
        amount: the largest change, in standard deviations of the pixels.

    Raises:
        RecipeError: an amount that is negative or no number.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 7.4.
    """

    kind: ClassVar[str] = "brightness"

    amount: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0)

    def recolor(self, x: Array, draws: Draws) -> Array:
        change = draws.signed(1)[:, 0] * number(self.amount)
        return x + change.reshape((-1,) + (1,) * (x.ndim - 1))
