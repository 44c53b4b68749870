"""Losses of segmentation that measure how regions overlap."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from shoal.losses.classification import ClassLoss, class_scores
from shoal.losses.loss import TINY, per_count
from shoal.space import Choice, Float, static, traced
from shoal.space.checks import check_flag, check_number


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
