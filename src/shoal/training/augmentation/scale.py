"""Scale."""

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
class Scale(Affine):
    r"""Makes what is in an image larger or smaller: by :math:`(1 + \text{amount})^u`.

    u is uniform in [-1, 1], so that growing and shrinking are as likely.

    Args:
        amount: 0.1 for a tenth more or less, 0 ≤ amount < 10.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 7.4.
    """

    kind: ClassVar[str] = "scale"

    amount: Strength = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=10.0)

    def source(self, draws: Draws, size: Size) -> Array:
        shrinking = jnp.exp(draws.signed(1)[:, 0] * -jnp.log1p(number(self.amount)))
        return scaling(shrinking, shrinking)
