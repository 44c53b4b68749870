"""Adam with decoupled weight decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import optax

from shoal.space import traced
from shoal.training.optimizers.optimizer import Number, Optimizer, check_number, decayed


@dataclass(frozen=True, eq=False)
class AdamW(Optimizer):
    r"""Adam with decoupled weight decay.

    .. math:: m \leftarrow \beta_1 m + (1-\beta_1) g,\quad
        v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad
        w \leftarrow w - \eta \left(\frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda w\right)

    with the bias-corrected :math:`\hat m = m / (1-\beta_1^t)`,
    :math:`\hat v = v / (1-\beta_2^t)` at step t.

    Args:
        learning_rate: η.
        weight_decay: λ, of weights, not of biases.
        beta1, beta2: decay of the two means, in [0, 1).
        epsilon: ε, keeps the quotient finite.

    Raises:
        RecipeError: a number outside its bounds.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR
    2019, algorithm 2.
    """

    kind: ClassVar[str] = "adamw"

    learning_rate: Number = traced(1e-3)
    weight_decay: Number = traced(1e-4)
    beta1: Number = traced(0.9)
    beta2: Number = traced(0.999)
    epsilon: Number = traced(1e-8)

    def __post_init__(self) -> None:
        check_number(self.learning_rate, "learning_rate", low=0.0)
        check_number(self.weight_decay, "weight_decay", low=0.0)
        check_number(self.beta1, "beta1", low=0.0, high=1.0)
        check_number(self.beta2, "beta2", low=0.0, high=1.0)
        check_number(self.epsilon, "epsilon", low=0.0)

    def transformation(self) -> optax.GradientTransformation:
        return optax.adamw(
            self.learning_rate,
            b1=self.beta1,
            b2=self.beta2,
            eps=self.epsilon,
            weight_decay=self.weight_decay,
            mask=decayed,
        )
