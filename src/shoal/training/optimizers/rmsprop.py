"""RMSProp: steps scaled by the mean square of past gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import optax

from shoal.space import Choice, static, traced
from shoal.training.optimizers.decays import Decays
from shoal.training.optimizers.optimizer import LEAST_EPSILON, Number, Optimizer, check_numbers
from shoal.training.validity import check_flag


@dataclass(frozen=True, eq=False)
class RMSProp(Optimizer):
    r"""Divides each derivative by the root of its recent mean square.

    .. math:: v \leftarrow \rho v + (1-\rho) g^2,\quad
        u \leftarrow \mu u + \frac{g}{\sqrt{v} + \epsilon},\quad
        w \leftarrow w - \eta u

    centered, v less the square of the mean of g stands under the root, so that it
    is a variance. ε is added to the root, not under it.

    Args:
        learning_rate: η.
        decay: ρ, in [0, 1).
        momentum: μ, in [0, 1).
        epsilon: ε, above zero, keeps the quotient finite.
        centered: divide by the standard deviation instead.

    Raises:
        RecipeError: a number outside its bounds.

    Source: Tieleman and Hinton, "Lecture 6.5 - RMSProp", Coursera (2012);
    centered: Graves, arXiv:1308.0850 (2013), equations 38 to 45.
    """

    kind: ClassVar[str] = "rmsprop"

    learning_rate: Number = traced(1e-3)
    decay: Number = traced(0.99)
    momentum: Number = traced(0.0)
    epsilon: Number = traced(1e-8)
    centered: bool | Choice = static(False)

    def __post_init__(self) -> None:
        check_numbers(
            self, learning_rate=0, decay=(0, 1), momentum=(0, 1), epsilon=LEAST_EPSILON
        )  # fmt: skip
        check_flag(self.centered, "centered")

    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        scaled = optax.scale_by_stddev if self.centered else optax.scale_by_rms
        plain = isinstance(self.momentum, int | float) and self.momentum == 0
        # The learning rate comes last, so that a schedule acts at once.
        return optax.chain(
            scaled(decay=self.decay, eps=self.epsilon, eps_in_sqrt=False),
            optax.identity() if plain else optax.trace(self.momentum),
            optax.scale_by_learning_rate(self.learning_rate),
        )
