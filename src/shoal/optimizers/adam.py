"""Adam and its relatives: steps scaled by running moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import optax
from jax import Array
from optax.tree_utils import tree_get, tree_set

from shoal.kernels import OptimizerStep, adamw_step
from shoal.optimizers.optimizer import (
    LEAST_EPSILON,
    Decays,
    Number,
    Optimizer,
    check_numbers,
    number,
)
from shoal.space import traced


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
