"""Stochastic gradient descent, plain, with momentum, or with Nesterov's momentum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import optax
from jax import Array
from optax.tree_utils import tree_get, tree_set

from shoal.kernels import OptimizerStep, descend_step, momentum_step
from shoal.space import Choice, static, traced
from shoal.training.optimizers.decays import Decays
from shoal.training.optimizers.optimizer import Number, Optimizer, check_numbers, number
from shoal.training.validity import check_flag


@dataclass(frozen=True, eq=False)
class SGD(Optimizer):
    r"""Stochastic gradient descent.

    .. math:: g \leftarrow \nabla E + \lambda w,\quad v \leftarrow \mu v + g,\quad
        w \leftarrow w - \eta v \ \text{ or, Nesterov, }\ w - \eta (g + \mu v)

    Args:
        learning_rate: η.
        momentum: μ, 0 ≤ μ < 1; 0 is plain gradient descent.
        nesterov: look ahead along the velocity.
        weight_decay: λ, part of the gradient as with `shoal.regularizers.L2`;
            biases and the scales and shifts of norms do not decay.

    Raises:
        RecipeError: a number outside its bounds.

    Source: Sutskever et al., "On the importance of initialization and momentum
    in deep learning", ICML 2013.
    """

    kind: ClassVar[str] = "sgd"

    learning_rate: Number = traced(1e-2)
    momentum: Number = traced(0.0)
    nesterov: bool | Choice = static(False)
    weight_decay: Number = traced(0.0)

    def __post_init__(self) -> None:
        check_numbers(self, learning_rate=0, momentum=(0, 1), weight_decay=0)
        check_flag(self.nesterov, "nesterov")

    def _plain(self) -> bool:
        return isinstance(self.momentum, int | float) and self.momentum == 0

    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        momentum = None if self._plain() else self.momentum
        descent = optax.sgd(self.learning_rate, momentum=momentum, nesterov=bool(self.nesterov))
        if isinstance(self.weight_decay, int | float) and self.weight_decay == 0:
            return descent
        return optax.chain(optax.add_decayed_weights(self.weight_decay, mask=decays), descent)

    def kernel_step(self, memory: Any, ahead: Array) -> OptimizerStep:
        rates = {
            "learning_rate": number(self.learning_rate),
            "weight_decay": number(self.weight_decay),
        }
        if self._plain():
            return descend_step(**rates)
        momentum = number(self.momentum)
        return momentum_step(momentum=momentum, nesterov=bool(self.nesterov), **rates)

    def remembered(self, memory: Any) -> tuple[Any, ...]:
        return () if self._plain() else (tree_get(memory, "trace"),)

    def remember(self, memory: Any, remembered: Sequence[Any], steps: Array) -> Any:
        return memory if self._plain() else tree_set(memory, trace=remembered[0])
