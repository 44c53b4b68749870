"""Lion: steps of one size, by the sign of a momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import optax

from shoal.space import traced
from shoal.training.optimizers.decays import Decays
from shoal.training.optimizers.optimizer import Number, Optimizer, check_numbers


@dataclass(frozen=True, eq=False)
class Lion(Optimizer):
    r"""Every weight moves by the learning rate, up or down.

    .. math::
        w \leftarrow w - \eta\,(\mathrm{sign}(\beta_1 m + (1-\beta_1) g) + \lambda w),\quad
        m \leftarrow \beta_2 m + (1-\beta_2) g

    sign(0) is 0. A good learning rate is three to ten times smaller than Adam's, a
    good weight decay as much larger.

    Args:
        learning_rate: η.
        weight_decay: λ, decoupled; biases and the scales and shifts of norms do
            not decay.
        beta1: how much of the step's direction is the past's, in [0, 1).
        beta2: decay of the momentum, in [0, 1).

    Raises:
        RecipeError: a number outside its bounds.

    Source: Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS
    2023, algorithm 2.
    """

    kind: ClassVar[str] = "lion"

    learning_rate: Number = traced(1e-4)
    weight_decay: Number = traced(1e-3)
    beta1: Number = traced(0.9)
    beta2: Number = traced(0.99)

    def __post_init__(self) -> None:
        check_numbers(self, learning_rate=0, weight_decay=0, beta1=(0, 1), beta2=(0, 1))

    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        return optax.lion(
            self.learning_rate,
            b1=self.beta1,
            b2=self.beta2,
            weight_decay=self.weight_decay,
            mask=decays,
        )
