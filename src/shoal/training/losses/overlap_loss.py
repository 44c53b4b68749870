"""Losses that judge how a predicted region overlaps the true one."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, Float, static, traced
from shoal.training.losses.class_loss import ClassLoss, class_scores
from shoal.training.losses.loss import TINY, per_count
from shoal.training.validity import check_flag, check_number


class Overlap(NamedTuple):
    """Soft counts of an image's pixels, of shape (batch, classes).

    Attributes:
        both: Σ p q: in the true region and found.
        found: Σ p: predicted, right or wrong.
        true: Σ q: in the true region.
    """

    both: Array
    found: Array
    true: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class OverlapLoss(ClassLoss):
    """One minus how well each class's region is found in an image, the mean over classes.

    Counts are soft, from the softmax of the outputs, over the labeled pixels of one
    image: each image has its own loss, and a batch the mean of them. So a small
    object in one image is not drowned by a large one in another.

    Args:
        smooth: added to both sides of the ratio; a class that is neither there nor
            found then costs nothing.
        background: whether the first class counts.
        class_weights: how much each class counts in the mean.
        ignore_label: see `ClassLoss`.
    """

    tasks: ClassVar[tuple[str, ...]] = ("segmentation",)

    smooth: float | Float | Choice = traced(1.0)
    background: bool = static(True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.smooth, "smooth", low=1e-6)
        check_flag(self.background, "background")

    @abstractmethod
    def by_class(self, overlap: Overlap) -> Array:
        """The loss of each class of each image: (batch, classes)."""

    def per_example(self, outputs: Array, targets: Array) -> Array:
        losses = self.by_class(self.overlap(outputs, targets))
        weights = self.weights(losses)
        weights = jnp.ones((1, losses.shape[1]), losses.dtype) if weights is None else weights
        if not self.background:
            weights, losses = weights[:, 1:], losses[:, 1:]
        total = jnp.maximum(weights.sum(), TINY)
        present = self.counted(outputs, targets)
        return per_count(present * (losses * weights).sum(axis=1), total)

    def overlap(self, outputs: Array, targets: Array) -> Overlap:
        """The soft counts, over the labeled pixels."""
        found, true = region_shares(self, outputs, targets)
        return Overlap((found * true).sum(axis=1), found.sum(axis=1), true.sum(axis=1))

    def smoothed(self, like: Array) -> Array:
        """`smooth`, as an array goes with the counts."""
        return jnp.asarray(self.smooth, like.dtype)


def region_shares(loss: ClassLoss, outputs: Array, targets: Array) -> tuple[Array, Array]:
    """How much each pixel is found to be of each class, and how much it is.

    Returns:
        two arrays of shape (batch, pixels, classes), both 0 at ignored pixels.
    """
    scores = class_scores(outputs)
    found = jax.nn.softmax(scores, axis=-1) * loss.present(scores, targets)[..., None]
    flat = (scores.shape[0], -1, scores.shape[-1])
    return found.reshape(flat), loss.shares(scores, targets).reshape(flat)
