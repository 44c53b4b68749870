"""Focal loss, for classes of which one is rare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, Float, traced
from shoal.training.losses.place_loss import PlaceLoss
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class Focal(PlaceLoss):
    r"""Focal loss: cross entropy that looks away from what is already right.

    .. math:: E = -\sum_k w_k q_k (1 - p_k)^\gamma \log p_k, \qquad p = \mathrm{softmax}(o)

    Outputs o (logits) of shape (batch, classes) or (batch, height, width,
    classes). γ = 0 is cross entropy. The paper's α are the class weights w. Where p
    is 1 to the last digit the loss is 0, and so is its gradient.

    Args:
        gamma: γ ≥ 0.
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: γ out of its bounds, the task has no classes, or the network
            has another number of outputs than there are classes.

    Source: Lin et al., *Focal loss for dense object detection* (2017), equation 5.
    """

    kind: ClassVar[str] = "focal"

    gamma: float | Float | Choice = traced(2.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.gamma, "gamma", low=0.0)

    def costs(self, scores: Array) -> Array:
        logs = jax.nn.log_softmax(scores, axis=-1)
        rest = -jnp.expm1(logs)
        # A power of 0 has no logarithm; what it would weigh is 0 there.
        some = rest > 0
        gamma = jnp.asarray(self.gamma, scores.dtype)
        factor = jnp.exp(gamma * jnp.log(jnp.where(some, rest, 1.0)))
        return -logs * factor
