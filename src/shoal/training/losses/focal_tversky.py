"""Focal Tversky loss, for segmentation of small things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, Float, traced
from shoal.training.losses.overlap_loss import Overlap
from shoal.training.losses.tversky import Tversky
from shoal.training.validity import check_number

_FOUND = 1e-6
"""A region that is found to this share costs nothing: float32 counts no better, and the
power's slope at 0 is infinite."""


@dataclass(frozen=True, eq=False)
class FocalTversky(Tversky):
    r"""Focal Tversky loss: :math:`E = \frac1K \sum_k (1 - T_k)^{1/\gamma}`, T as for `Tversky`.

    Outputs of shape (batch, height, width, classes). γ > 1 keeps training at
    regions that are almost found. The paper sums over classes; here it is the
    mean, as in the other losses.

    Args:
        gamma: γ > 0.
        alpha, beta, smooth: see `Tversky`.
        background, class_weights, ignore_label: see `OverlapLoss`.

    Raises:
        RecipeError: a value out of its bounds, the task is no segmentation, or
            the network's output does not fit it.

    Source: Abraham and Khan, *A novel focal Tversky loss function with improved
    attention U-Net for lesion segmentation* (2019), equation 4; γ = 4/3 there too.
    """

    kind: ClassVar[str] = "focal_tversky"

    gamma: float | Float | Choice = traced(4.0 / 3.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.gamma, "gamma", low=0.1)

    def by_class(self, overlap: Overlap) -> Array:
        missing = 1.0 - self.index(overlap)
        some = missing > _FOUND
        power = 1.0 / jnp.asarray(self.gamma, missing.dtype)
        return jnp.where(some, jnp.where(some, missing, 1.0) ** power, 0.0)
