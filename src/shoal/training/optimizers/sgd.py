"""Stochastic gradient descent, plain, with momentum, or with Nesterov's momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import optax

from shoal.space import Choice, static, traced
from shoal.training.optimizers.optimizer import Number, Optimizer, check_number, decayed


@dataclass(frozen=True, eq=False)
class SGD(Optimizer):
    r"""Stochastic gradient descent.

    .. math:: g \leftarrow \nabla E + \lambda w,\quad v \leftarrow \mu v + g,\quad
        w \leftarrow w - \eta v \ \text{ or, Nesterov, }\ w - \eta (g + \mu v)

    Args:
        learning_rate: η.
        momentum: μ, 0 ≤ μ < 1; 0 is plain gradient descent.
        nesterov: look ahead along the velocity.
        weight_decay: λ, of weights, not of biases.

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
        check_number(self.learning_rate, "learning_rate", low=0.0)
        check_number(self.momentum, "momentum", low=0.0, high=1.0)
        check_number(self.weight_decay, "weight_decay", low=0.0)

    def transformation(self) -> optax.GradientTransformation:
        plain = isinstance(self.momentum, int | float) and self.momentum == 0
        momentum = None if plain else self.momentum
        descent = optax.sgd(self.learning_rate, momentum=momentum, nesterov=bool(self.nesterov))
        if isinstance(self.weight_decay, int | float) and self.weight_decay == 0:
            return descent
        return optax.chain(optax.add_decayed_weights(self.weight_decay, mask=decayed), descent)
