"""Poisson loss, for counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jax import Array

from shoal.errors import RecipeError
from shoal.training.losses.loss import check_outputs, check_task, log_mean
from shoal.training.losses.tangent_exp import tangent_exp
from shoal.training.losses.value_loss import ValueLoss


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
