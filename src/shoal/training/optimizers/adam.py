"""Adam, without weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import optax
from jax import Array

from shoal.kernels import OptimizerStep
from shoal.space import traced
from shoal.training.optimizers.adamw import AdamW
from shoal.training.optimizers.decays import Decays
from shoal.training.optimizers.optimizer import LEAST_EPSILON, Number, Optimizer, check_numbers


@dataclass(frozen=True, eq=False)
class Adam(Optimizer):
    r"""Adam: steps scaled by the mean and the mean square of past gradients.

    .. math:: m \leftarrow \beta_1 m + (1-\beta_1) g,\quad
        v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad
        w \leftarrow w - \eta \frac{\hat m}{\sqrt{\hat v} + \epsilon}

    with the bias-corrected :math:`\hat m = m / (1-\beta_1^t)`,
    :math:`\hat v = v / (1-\beta_2^t)` at step t. ε is added to the root, not under
    it. With weight decay it is `AdamW`.

    Args:
        learning_rate: η.
        beta1, beta2: decay of the two means, in [0, 1).
        epsilon: ε, above zero, keeps the quotient finite.

    Raises:
        RecipeError: a number outside its bounds.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR
    2015, algorithm 1.
    """

    kind: ClassVar[str] = "adam"

    learning_rate: Number = traced(1e-3)
    beta1: Number = traced(0.9)
    beta2: Number = traced(0.999)
    epsilon: Number = traced(1e-8)

    def __post_init__(self) -> None:
        check_numbers(
            self, learning_rate=0, beta1=(0, 1), beta2=(0, 1), epsilon=LEAST_EPSILON
        )  # fmt: skip

    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        return self._undecayed().transformation(decays)

    def _undecayed(self) -> AdamW:
        return AdamW(self.learning_rate, 0.0, self.beta1, self.beta2, self.epsilon)

    # With a weight decay of 0 it has the kernel of `AdamW`.
    def kernel_step(self, memory: Any, ahead: Array) -> OptimizerStep:
        return self._undecayed().kernel_step(memory, ahead)

    def remembered(self, memory: Any) -> tuple[Any, ...]:
        return self._undecayed().remembered(memory)

    def remember(self, memory: Any, remembered: Sequence[Any], steps: Array) -> Any:
        return self._undecayed().remember(memory, remembered, steps)
