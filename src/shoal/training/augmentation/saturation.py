"""Saturation."""

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
class Saturation(Recoloring):
    r"""Makes an image's colors stronger or paler.

    .. math:: x_c \mapsto \bar x + (1 + \text{amount})^u (x_c - \bar x), \qquad
        \bar x = \frac{1}{C} \sum_c x_c

    with u uniform in [-1, 1] for the image, and the mean of each pixel over its C channels,
    its gray. An image of a single channel stays as it is.

    Args:
        amount: 0.2 for a fifth more or less, 0 ≤ amount < 100.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Howard, "Some improvements on deep convolutional neural network based image
    classification", arXiv 1312.5402 (2013), section 2.2.
    """

    kind: ClassVar[str] = "saturation"

    amount: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=100.0)

    def recolor(self, x: Array, draws: Draws) -> Array:
        change = jnp.expm1(draws.signed(1)[:, 0] * jnp.log1p(number(self.amount)))
        # A sum of a fixed order: of the mean over an axis the compiler chooses one.
        gray = sum(x[..., c : c + 1] for c in range(x.shape[-1])) / x.shape[-1]
        return x + change[:, None, None, None] * (x - gray)
