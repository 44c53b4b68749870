"""Adam with Nesterov's momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import optax

from shoal.space import traced
from shoal.training.optimizers.decays import Decays
from shoal.training.optimizers.optimizer import LEAST_EPSILON, Number, Optimizer, check_numbers


@dataclass(frozen=True, eq=False)
class Nadam(Optimizer):
    r"""Adam that looks ahead along its momentum.

    .. math:: m \leftarrow \beta_1 m + (1-\beta_1) g,\quad
        v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad
        \bar m = \frac{\beta_1 m}{1-\beta_1^{t+1}} + \frac{(1-\beta_1) g}{1-\beta_1^t},\quad
        w \leftarrow w - \eta \Bigl(\frac{\bar m}{\sqrt{\hat v} + \epsilon} + \lambda w\Bigr)

    with :math:`\hat v = v / (1-\beta_2^t)` at step t. β₁ stays as it is; the paper's
    example also lets it grow over the first steps, as PyTorch does by default
    (``momentum_decay``).

    Args:
        learning_rate: η.
        weight_decay: λ, decoupled; biases and the scales and shifts of norms do
            not decay.
        beta1, beta2: decay of the two means, in [0, 1).
        epsilon: ε, above zero, keeps the quotient finite.

    Raises:
        RecipeError: a number outside its bounds.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.
    """

    kind: ClassVar[str] = "nadam"

    learning_rate: Number = traced(1e-3)
    weight_decay: Number = traced(0.0)
    beta1: Number = traced(0.9)
    beta2: Number = traced(0.999)
    epsilon: Number = traced(1e-8)

    def __post_init__(self) -> None:
        check_numbers(
            self,
            learning_rate=0, weight_decay=0, beta1=(0, 1), beta2=(0, 1), epsilon=LEAST_EPSILON,
        )  # fmt: skip

    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        return optax.nadamw(
            self.learning_rate,
            b1=self.beta1,
            b2=self.beta2,
            eps=self.epsilon,
            weight_decay=self.weight_decay,
            mask=decays,
        )
