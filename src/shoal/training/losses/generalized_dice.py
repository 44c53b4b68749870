"""Generalized Dice loss, for segmentation with classes of very different size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.training.losses.class_loss import ClassLoss
from shoal.training.losses.overlap_loss import region_shares


@dataclass(frozen=True, eq=False)
class GeneralizedDice(ClassLoss):
    r"""Generalized Dice loss of each image: every class counts alike, whatever its size.

    .. math:: E = 1 - 2\, \frac{\sum_k w_k \sum_i p_{ik} q_{ik}}
        {\sum_k w_k \sum_i (p_{ik} + q_{ik})}, \qquad
        w_k = \frac{v_k}{\left( \sum_i q_{ik} \right)^2}

    with p the softmax of the outputs, of shape (batch, height, width, classes), q
    one-hot labels, and i the labeled pixels of one image. A class that is not in
    the image is weighted as if it had one pixel: the formula leaves that open.

    Args:
        class_weights: v, on top of the sizes.
        ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: the task is no segmentation, or the network's output does
            not fit it.

    Source: Sudre et al., *Generalised Dice overlap as a deep learning loss function
    for highly unbalanced segmentations* (2017), section 2.
    """

    kind: ClassVar[str] = "generalized_dice"
    tasks: ClassVar[tuple[str, ...]] = ("segmentation",)

    def per_example(self, outputs: Array, targets: Array) -> Array:
        found, true = region_shares(self, outputs, targets)
        size = true.sum(axis=1)
        weights = 1.0 / jnp.square(jnp.maximum(size, 1.0))
        by_class = self.weights(size)
        if by_class is not None:
            weights = weights * by_class
        both = (weights * (found * true).sum(axis=1)).sum(axis=1)
        either = (weights * (found.sum(axis=1) + size)).sum(axis=1)
        ratio = 2.0 * both / jnp.where(either > 0, either, 1.0)
        return self.counted(outputs, targets) * (1.0 - ratio)
