"""Dice loss, for segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.training.losses.overlap_loss import Overlap, OverlapLoss


@dataclass(frozen=True, eq=False)
class Dice(OverlapLoss):
    r"""Dice loss of each image, the mean over classes.

    .. math:: E = \frac1K \sum_k \left( 1 -
        \frac{2 \sum_i p_{ik} q_{ik} + \epsilon}{\sum_i p_{ik} + \sum_i q_{ik} + \epsilon} \right)

    with p the softmax of the outputs, of shape (batch, height, width, classes), q
    one-hot labels, and i the labeled pixels of one image (not of the batch).

    Args:
        smooth: ε > 0.
        background, class_weights, ignore_label: see `OverlapLoss`.

    Raises:
        RecipeError: ε out of its bounds, the task is no segmentation, or the
            network's output does not fit it.

    Source: Milletari et al., *V-Net* (2016), section 3; the sums in the
    denominator without squares, as in Sudre et al. (2017), equation 1.
    """

    kind: ClassVar[str] = "dice"

    def by_class(self, overlap: Overlap) -> Array:
        smooth = self.smoothed(overlap.both)
        return 1.0 - (2.0 * overlap.both + smooth) / (overlap.found + overlap.true + smooth)
