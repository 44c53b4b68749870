"""Adam with decoupled weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import optax
from jax import Array
from optax.tree_utils import tree_get, tree_set

from shoal.kernels import OptimizerStep, adamw_step
from shoal.space import traced
from shoal.training.optimizers.decays import Decays
from shoal.training.optimizers.optimizer import (
    LEAST_EPSILON,
    Number,
    Optimizer,
    check_numbers,
    number,
)


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
        weight_decay: λ; biases and the scales and shifts of norms do not decay.
        beta1, beta2: decay of the two means, in [0, 1).
        epsilon: ε, above zero, keeps the quotient finite.

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
        check_numbers(
            self,
            learning_rate=0, weight_decay=0, beta1=(0, 1), beta2=(0, 1), epsilon=LEAST_EPSILON,
        )  # fmt: skip

    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        return optax.adamw(
            self.learning_rate,
            b1=self.beta1,
            b2=self.beta2,
            eps=self.epsilon,
            weight_decay=self.weight_decay,
            mask=decays,
        )

    def kernel_step(self, memory: Any, ahead: Array) -> OptimizerStep:
        return adamw_step(
            learning_rate=number(self.learning_rate),
            weight_decay=number(self.weight_decay),
            beta1=number(self.beta1),
            beta2=number(self.beta2),
            epsilon=number(self.epsilon),
            step=tree_get(memory, "count") + ahead + 1,
        )

    def remembered(self, memory: Any) -> tuple[Any, ...]:
        return tree_get(memory, "mu"), tree_get(memory, "nu")

    def remember(self, memory: Any, remembered: Sequence[Any], steps: Array) -> Any:
        count, (mean, square) = tree_get(memory, "count"), remembered
        return tree_set(memory, count=count + steps.astype(count.dtype), mu=mean, nu=square)
