"""Tversky loss, for segmentation where misses and false alarms differ in weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, Float, traced
from shoal.training.losses.overlap_loss import Overlap, OverlapLoss
from shoal.training.validity import check_number


@dataclass(frozen=True, eq=False)
class Tversky(OverlapLoss):
    r"""Tversky loss of each image, the mean over classes: :math:`E = \frac1K \sum_k (1 - T_k)`.

    .. math:: T_k = \frac{\sum_i p_{ik} q_{ik} + \epsilon}
        {\sum_i p_{ik} q_{ik} + \alpha \sum_i p_{ik} (1 - q_{ik})
        + \beta \sum_i (1 - p_{ik}) q_{ik} + \epsilon}

    with p the softmax of the outputs, of shape (batch, height, width, classes), q
    one-hot labels, and i the labeled pixels of one image. α = β = ½ is Dice (with
    ε halved), α = β = 1 is Jaccard.

    Args:
        alpha: α ≥ 0, the weight of what is found but not there.
        beta: β ≥ 0, the weight of what is there but not found.
        smooth: ε > 0.
        background, class_weights, ignore_label: see `OverlapLoss`.

    Raises:
        RecipeError: a value out of its bounds, the task is no segmentation, or
            the network's output does not fit it.

    Source: Salehi et al., *Tversky loss function for image segmentation using 3D
    fully convolutional deep networks* (2017), equation 3; α = 0.3, β = 0.7 there too.
    """

    kind: ClassVar[str] = "tversky"

    alpha: float | Float | Choice = traced(0.3)
    beta: float | Float | Choice = traced(0.7)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.alpha, "alpha", low=0.0)
        check_number(self.beta, "beta", low=0.0)

    def by_class(self, overlap: Overlap) -> Array:
        return 1.0 - self.index(overlap)

    def index(self, overlap: Overlap) -> Array:
        """Tversky's index T of each class of each image: (batch, classes)."""
        smooth = self.smoothed(overlap.both)
        alarms = jnp.asarray(self.alpha, smooth.dtype) * (overlap.found - overlap.both)
        misses = jnp.asarray(self.beta, smooth.dtype) * (overlap.true - overlap.both)
        return (overlap.both + smooth) / (overlap.both + alarms + misses + smooth)
