"""Gradient descent, and steps scaled by past squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import optax
from jax import Array
from optax.tree_utils import tree_get, tree_set

from shoal.kernels import OptimizerStep, momentum_step, sgd_step
from shoal.optimizers.optimizer import (
    LEAST_EPSILON,
    Decays,
    Number,
    Optimizer,
    check_numbers,
    number,
)
from shoal.space import Choice, static, traced
from shoal.space.checks import check_flag


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
            return sgd_step(**rates)
        momentum = number(self.momentum)
        return momentum_step(momentum=momentum, nesterov=bool(self.nesterov), **rates)

    def remembered(self, memory: Any) -> tuple[Any, ...]:
        return () if self._plain() else (tree_get(memory, "trace"),)

    def remember(self, memory: Any, remembered: Sequence[Any], steps: Array) -> Any:
        return memory if self._plain() else tree_set(memory, trace=remembered[0])


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


LEAST_ADAGRAD_EPSILON = 2.0**-63
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
        check_numbers(self, learning_rate=0, epsilon=LEAST_ADAGRAD_EPSILON)

    def transformation(self, decays: Decays | bool = True) -> optax.GradientTransformation:
        squared = self.epsilon * self.epsilon  # type: ignore[operator]  # bound
        return optax.adagrad(self.learning_rate, initial_accumulator_value=0.0, eps=squared)
