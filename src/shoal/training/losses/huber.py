"""Huber's loss, for regression with outliers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, Float, traced
from shoal.training.losses.value_loss import ValueLoss
from shoal.training.validity import check_number


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
