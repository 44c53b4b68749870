"""Losses of numbers, counts and distributions."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import xlogy

from shoal.errors import RecipeError
from shoal.losses.loss import Loss, check_outputs, check_task, log_mean, tangent_exp
from shoal.space import Choice, Float, traced
from shoal.space.checks import check_number


@dataclass(frozen=True, eq=False)
class ValueLoss(Loss):
    """The mean over an example's outputs of what `per_value` says of each.

    With classes, the targets are one-hot.
    """

    tasks: ClassVar[tuple[str, ...]] = ("regression", "classification")

    @abstractmethod
    def per_value(self, outputs: Array, targets: Array) -> Array:
        """The loss of each output; all of one shape."""

    def per_example(self, outputs: Array, targets: Array) -> Array:
        if jnp.issubdtype(targets.dtype, jnp.integer):
            targets = jax.nn.one_hot(targets, outputs.shape[-1], dtype=outputs.dtype)
        return self.per_value(outputs, targets).mean(axis=-1)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        check_task(self, task)
        check_outputs("class" if task == "classification" else "target", outputs, output_shape)


@dataclass(frozen=True, eq=False)
class SquaredError(ValueLoss):
    r"""Mean squared error over the outputs: :math:`E = \frac1n \sum_{i=1}^n (o_i - t_i)^2`.

    Outputs o and targets t of shape (batch, n). Regression targets are
    standardized by the training split, so E is in units of their variance. With
    classes, the targets are one-hot.

    Raises:
        RecipeError: the network has another number of outputs than there are targets.

    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section 3.1.
    """

    kind: ClassVar[str] = "squared_error"

    def per_value(self, outputs: Array, targets: Array) -> Array:
        return jnp.square(outputs - targets)


@dataclass(frozen=True, eq=False)
class AbsoluteError(ValueLoss):
    r"""Mean absolute error over the outputs: :math:`E = \frac1n \sum_{i=1}^n |o_i - t_i|`.

    Outputs o and targets t of shape (batch, n). What minimizes it is the median:
    a few wild targets do not draw it along. Its gradient where o = t is 0.

    Raises:
        RecipeError: the network has another number of outputs than there are targets.

    Source: Hastie, Tibshirani, Friedman, *The Elements of Statistical Learning*
    (2009), section 10.6.
    """

    kind: ClassVar[str] = "absolute_error"

    def per_value(self, outputs: Array, targets: Array) -> Array:
        return jnp.abs(outputs - targets)


@dataclass(frozen=True, eq=False)
class Huber(ValueLoss):
    r"""Huber's loss: a parabola for small errors, straight lines beyond.

    .. math:: E = \frac1n \sum_{i=1}^n h(o_i - t_i), \qquad
        h(e) = \begin{cases} e^2 / 2 & |e| \le \delta \\
        \delta (|e| - \delta / 2) & \text{else} \end{cases}

    Outputs o and targets t of shape (batch, n); δ in units of the targets'
    standard deviation, because targets are standardized.

    Args:
        delta: δ > 0, the error at which the parabola ends.

    Raises:
        RecipeError: δ out of its bounds, or the network has another number of
            outputs than there are targets.

    Source: Huber, *Robust estimation of a location parameter* (1964).
    """

    kind: ClassVar[str] = "huber"

    delta: float | Float | Choice = traced(1.0)

    def __post_init__(self) -> None:
        check_number(self.delta, "delta", low=1e-6)

    def per_value(self, outputs: Array, targets: Array) -> Array:
        delta = jnp.asarray(self.delta, outputs.dtype)
        size = jnp.abs(outputs - targets)
        # The part of the error below δ counts squared, the part above it straight.
        inner = jnp.minimum(size, delta)
        return 0.5 * jnp.square(inner) + delta * (size - inner)


@dataclass(frozen=True, eq=False)
class GaussianNLL(Loss):
    r"""Negative log-likelihood of normal distributions whose mean and variance are learned.

    .. math:: E = \frac1{2n} \sum_{i=1}^n \left( s_i + (t_i - \mu_i)^2 e^{-s_i} \right)

    The 2n outputs, of shape (batch, 2n), are the means μ and then the logarithms
    s of the variances; targets t of shape (batch, n). The constant ½ log 2π is left
    out. The model predicts the means. For s < -30 the exponential goes on as its
    tangent, so that it cannot overflow.

    Raises:
        RecipeError: the task is no regression, or the network has not two outputs
            for each target.

    Source: Nix and Weigend, *Estimating the mean and variance of the target
    probability distribution* (1994).
    """

    kind: ClassVar[str] = "gaussian_nll"
    tasks: ClassVar[tuple[str, ...]] = ("regression",)

    def per_example(self, outputs: Array, targets: Array) -> Array:
        mean, log_variance = jnp.split(outputs, 2, axis=-1)
        error = jnp.square(targets - mean)
        return 0.5 * (log_variance + error * tangent_exp(-log_variance)).mean(axis=-1)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        check_task(self, task)
        check_outputs("target's mean and one for the logarithm of its variance", 2 * outputs,
                      output_shape)  # fmt: skip

    def readout(self, task: str, outputs: Array) -> Array:
        return outputs[..., : outputs.shape[-1] // 2]


@dataclass(frozen=True, eq=False)
class Poisson(ValueLoss):
    r"""Negative logarithm of a Poisson distribution's probability of the counts t.

    .. math:: E = \frac1n \sum_{i=1}^n (e^{o_i} - t_i o_i)

    Outputs o of shape (batch, n) are the logarithms of the rates; the model
    predicts the rates :math:`e^o`. The term log t! is left out: it does not depend
    on the network. Targets are taken as they are, not standardized. Beyond o =
    30 the exponential goes on as its tangent, so that it cannot overflow.

    Raises:
        RecipeError: the task is no regression, or the network has another number
            of outputs than there are targets.

    Source: McCullagh and Nelder, *Generalized Linear Models* (1989), chapter 6.
    """

    kind: ClassVar[str] = "poisson"
    tasks: ClassVar[tuple[str, ...]] = ("regression",)
    standardized: ClassVar[bool] = False

    def per_value(self, outputs: Array, targets: Array) -> Array:
        return tangent_exp(outputs) - targets * outputs

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        check_task(self, task)
        check_outputs("target", outputs, output_shape)

    def check_targets(self, targets: np.ndarray) -> None:
        if targets.min(initial=0.0) < 0:
            raise RecipeError(
                "the Poisson loss is for counts",
                where="recipe.loss",
                expected="targets from 0",
                received=f"{targets.min():g}",
                hint="Use losses.SquaredError().",
            )

    def averaged(self, outputs: Array, shares: Array) -> Array:
        """The logarithms of the members' mean rates."""
        return log_mean(outputs, shares)

    def readout(self, task: str, outputs: Array) -> Array:
        return tangent_exp(outputs)


@dataclass(frozen=True, eq=False)
class KLDivergence(Loss):
    r"""Kullback-Leibler divergence of the softmax of the outputs from the targets.

    .. math:: E = \sum_k t_k (\log t_k - \log p_k), \qquad p = \mathrm{softmax}(o)

    Outputs o (logits, or logarithms of probabilities, which are their own
    log-softmax) and targets t of shape (batch, n), each row of t a distribution;
    0 log 0 is 0. Targets are taken as they are, not standardized, and the model
    predicts p. With classes, t is one-hot.

    Raises:
        RecipeError: the task is neither regression nor classification, or the
            network has another number of outputs than there are targets.

    Source: Kullback and Leibler, *On information and sufficiency* (1951).
    """

    kind: ClassVar[str] = "kl_divergence"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "classification")
    on_logits: ClassVar[bool] = True
    probabilities: ClassVar[bool] = True
    standardized: ClassVar[bool] = False

    def per_example(self, outputs: Array, targets: Array) -> Array:
        if jnp.issubdtype(targets.dtype, jnp.integer):
            targets = jax.nn.one_hot(targets, outputs.shape[-1], dtype=outputs.dtype)
        gap = xlogy(targets, targets) - targets * jax.nn.log_softmax(outputs, axis=-1)
        return gap.sum(axis=-1)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        check_task(self, task)
        check_outputs("class" if task == "classification" else "target", outputs, output_shape)

    def check_targets(self, targets: np.ndarray) -> None:
        if targets.dtype.kind == "f" and not (
            (targets >= 0).all() and np.allclose(targets.sum(axis=-1), 1.0, atol=1e-3)
        ):
            raise RecipeError(
                "the Kullback-Leibler divergence is for targets that are distributions",
                where="recipe.loss",
                expected="shares from 0 that add up to 1 in each row",
                received=f"targets from {targets.min():g}, rows that add up to "
                f"{targets.sum(axis=-1).min():g} to {targets.sum(axis=-1).max():g}",
            )

    def averaged(self, outputs: Array, shares: Array) -> Array:
        """Logarithms of the members' mean distribution."""
        return log_mean(jax.nn.log_softmax(outputs, axis=-1), shares)

    def readout(self, task: str, outputs: Array) -> Array:
        return outputs if task == "classification" else jax.nn.softmax(outputs, axis=-1)
