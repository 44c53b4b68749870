"""Jaccard loss (intersection over union), for segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.training.losses.overlap_loss import Overlap, OverlapLoss


@dataclass(frozen=True, eq=False)
class Jaccard(OverlapLoss):
    r"""Jaccard (IoU) loss of each image, the mean over classes.

    .. math:: E = \frac1K \sum_k \left( 1 - \frac{\sum_i p_{ik} q_{ik} + \epsilon}
        {\sum_i p_{ik} + \sum_i q_{ik} - \sum_i p_{ik} q_{ik} + \epsilon} \right)

    with p the softmax of the outputs, of shape (batch, height, width, classes), q
    one-hot labels, and i the labeled pixels of one image.

    Args:
        smooth: ε > 0.
        background, class_weights, ignore_label: see `OverlapLoss`.

    Raises:
        RecipeError: ε out of its bounds, the task is no segmentation, or the
            network's output does not fit it.

    Source: Rahman and Wang, *Optimizing intersection-over-union in deep neural
    networks for image segmentation* (2016).
    """

    kind: ClassVar[str] = "jaccard"

    def by_class(self, overlap: Overlap) -> Array:
        smooth = self.smoothed(overlap.both)
        union = overlap.found + overlap.true - overlap.both
        return 1.0 - (overlap.both + smooth) / (union + smooth)
