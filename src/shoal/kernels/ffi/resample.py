"""Resampling through the extension."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.custom_batching import custom_vmap

from shoal.kernels.ffi.call import native


@custom_vmap
def resample(images: Array, at: Array) -> Array:
    """Bilinear, the border going on outside."""
    return native("resample", (images, at), ((*at.shape[:3], images.shape[3]),))[0]


@resample.def_vmap
def _lanes(size: int, in_batched: list[bool], images: Array, at: Array) -> tuple[Array, Any]:
    """Lanes are only more images: ``vmap`` folds its axis into theirs."""
    both = [
        x if is_batched else jnp.broadcast_to(x[None], (size, *x.shape))
        for x, is_batched in zip((images, at), in_batched, strict=True)
    ]
    folded = resample(*(x.reshape(x.shape[0] * x.shape[1], *x.shape[2:]) for x in both))
    return folded.reshape(size, folded.shape[0] // size, *folded.shape[1:]), True
