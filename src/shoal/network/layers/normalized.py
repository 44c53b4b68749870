"""What normalizations have in common: scale and shift, and the bounds of epsilon."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

LEAST_EPSILON = 1e-20
"""A feature without variance, as every masked one, has the slope ε^(-1/2), whose derivative
ε^(-3/2) must be a number of float32 too."""

MOST_EPSILON = 1e6


def over(vector: Array, x: Array) -> Array:
    """A number for each feature, for every example and place of x."""
    return jnp.broadcast_to(vector, x.shape)


def scale_and_shift(params: Mapping[str, Array], mask: Array | None) -> tuple[Array, Array]:
    """Those of each feature; a masked one has none, and learns nothing."""
    scale, shift = params["scale"], params["shift"]
    if mask is not None:
        scale, shift = scale * mask.astype(scale.dtype), shift * mask.astype(shift.dtype)
    return scale, shift


def rescaled(
    centered: Array, slope: Array, params: Mapping[str, Array], mask: Array | None
) -> Array:
    """Centered x slope x scale + shift; a masked feature is silent and learns nothing."""
    scale, shift = scale_and_shift(params, mask)
    return centered * slope * over(scale, centered) + over(shift, centered)
