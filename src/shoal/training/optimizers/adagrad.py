"""Adagrad: steps scaled by the sum of all past squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import optax

from shoal.space import traced
from shoal.training.optimizers.decays import Decays
from shoal.training.optimizers.optimizer import Number, Optimizer, check_numbers

LEAST_EPSILON = 2.0**-63
"""Its square is the least normal float32."""


@dataclass(frozen=True, eq=False)
class Adagrad(Optimizer):
    r"""Divides each derivative by the root of the sum of its squares so far.

    .. math:: s \leftarrow s + g^2,\quad w \leftarrow w - \eta \frac{g}{\sqrt{s + \epsilon^2}}

    s is 0 at first. ε² stands under the root; PyTorch adds ε to the root, which
    is the same where gradients are not as small as ε.

    Args:
        learning_rate: η.
        epsilon: ε, above zero, keeps the quotient finite.

    Raises:
        RecipeError: a number outside its bounds.

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online
    learning and stochastic optimization", JMLR 12 (2011).
    """

    kind: ClassVar[str] = "adagrad"

    learning_rate: Number = traced(1e-2)
    epsilon: Number = traced(1e-10)

    def __post_init__(self) -> None:
        check_numbers(self, learning_rate=0, epsilon=LEAST_EPSILON)

    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        squared = self.epsilon * self.epsilon  # type: ignore[operator]  # bound
        return optax.adagrad(self.learning_rate, initial_accumulator_value=0.0, eps=squared)
