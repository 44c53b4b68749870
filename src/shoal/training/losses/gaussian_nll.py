"""Gaussian negative log-likelihood: a regression that says how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.training.losses.loss import Loss, check_outputs, check_task
from shoal.training.losses.tangent_exp import tangent_exp


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
