"""Contrast."""

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
class Contrast(Recoloring):
    r"""Spreads an image's values about their mean, or draws them together.

    .. math:: x \mapsto \bar x + (1 + \text{amount})^u (x - \bar x)

    with u uniform in [-1, 1] and the mean over the image's pixels and channels.

    Args:
        amount: 0.2 for a fifth more or less, 0 ≤ amount < 100.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 12.2.1.
    """

    kind: ClassVar[str] = "contrast"

    amount: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=100.0)

    def recolor(self, x: Array, draws: Draws) -> Array:
        each = (-1,) + (1,) * (x.ndim - 1)
        # x plus a change instead of the mean plus a spread: no change is no rounding.
        change = jnp.expm1(draws.signed(1)[:, 0] * jnp.log1p(number(self.amount))).reshape(each)
        mean = x.mean(axis=tuple(range(1, x.ndim)), keepdims=True)
        return x + change * (x - mean)
