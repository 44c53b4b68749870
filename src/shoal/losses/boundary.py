"""Cross entropy that counts more at the boundaries of regions, for segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.losses.classification import PositionLoss
from shoal.space import Choice, Float, Int, static, traced
from shoal.space.checks import check_number, check_whole


@dataclass(frozen=True, eq=False)
class BoundaryCrossEntropy(PositionLoss):
    r"""Cross entropy of each pixel, weighted by how near it is to another class.

    .. math:: E = \frac1P \sum_{i=1}^P \left( 1 + w\, e^{-d_i^2 / 2\sigma^2} \right)
        v_{y_i} \left( -\log p_{i y_i} \right)

    with p the softmax of the outputs, of shape (batch, height, width, classes),
    P the labeled pixels of an image, v the class weights, and d the Euclidean
    distance in pixels from a pixel to the nearest one of another class in its
    image: 1 beside a boundary. Distances beyond ``reach`` count as infinite.

    Args:
        strength: w ≥ 0, how much a boundary counts on top.
        sigma: σ > 0, in pixels.
        reach: pixels, at least 1; three times σ leaves nothing out that matters.
        class_weights, ignore_label: see `ClassLoss`.

    Raises:
        RecipeError: a value out of its bounds, the task is no segmentation, or
            the network's output does not fit it.

    Source: Ronneberger, Fischer, Brox, *U-Net* (2015), equation 2. There d is the sum
    of the distances to the two nearest cells; class labels do not tell cells
    apart, so here it is the distance to the boundary.
    """

    kind: ClassVar[str] = "boundary_cross_entropy"
    tasks: ClassVar[tuple[str, ...]] = ("segmentation",)

    strength: float | Float | Choice = traced(10.0)
    sigma: float | Float | Choice = traced(3.0)
    reach: int | Int | Choice = static(9)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.strength, "strength", low=0.0)
        check_number(self.sigma, "sigma", low=0.1)
        check_whole(self.reach, "reach")

    def costs(self, scores: Array) -> Array:
        return jax.nn.logsumexp(scores, axis=-1, keepdims=True) - scores

    def position_weights(self, scores: Array, targets: Array) -> Array:
        regions = self.shares(scores, targets) > 0
        squared = squared_distance(regions, int(self.reach))  # type: ignore[arg-type]  # bound
        sigma = jnp.asarray(self.sigma, scores.dtype)
        near = jnp.exp(-squared.astype(scores.dtype) / (2.0 * jnp.square(sigma)))
        return 1.0 + jnp.asarray(self.strength, scores.dtype) * near


def squared_distance(regions: Array, reach: int) -> Array:
    """The squared distance from each pixel to the nearest labeled one of another class.

    Exact up to ``reach``, infinite beyond; first along columns, then along rows,
    because squared distances add up.

    Args:
        regions: which class each pixel is of, boolean of shape (batch, height,
            width, classes).
        reach: pixels.

    Returns:
        float32 of shape (batch, height, width).
    """
    labeled = regions.any(axis=-1, keepdims=True)
    away = jnp.where(labeled & ~regions, 0.0, jnp.inf)
    for axis in (1, 2):
        away = _nearest(away, axis, reach)
    own = jnp.where(regions, away, jnp.inf).min(axis=-1)
    return jnp.where(own <= reach**2, own, jnp.inf)


def _nearest(squared: Array, axis: int, reach: int) -> Array:
    """The least of squared distance plus squared shift, over shifts along an axis."""
    reach = min(reach, squared.shape[axis] - 1)
    size = squared.shape[axis]
    padding = [(0, 0)] * squared.ndim
    padding[axis] = (reach, reach)
    wide = jnp.pad(squared, padding, constant_values=jnp.inf)
    nearest = squared
    for shift in range(-reach, reach + 1):
        moved = jax.lax.slice_in_dim(wide, reach + shift, reach + shift + size, axis=axis)
        nearest = jnp.minimum(nearest, moved + float(shift**2))
    return nearest
