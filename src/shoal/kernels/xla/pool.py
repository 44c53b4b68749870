"""Pooling as plain XLA."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.kernels.geometry import Windows
from shoal.kernels.xla.patches import taps


def max_pool(x: Array, windows: Windows) -> Array:
    """A fold over the taps; its gradient goes to the first of equal maxima."""
    slices = taps(x, windows, -np.inf)
    best = next(slices)
    for seen in slices:
        best = jnp.where((best >= seen) | jnp.isnan(best), best, seen)
    return best


def avg_pool(x: Array, windows: Windows) -> Array:
    """The sum over the taps by the number of taps inside the image."""
    total = sum(taps(x, windows, 0.0), jnp.zeros((), x.dtype))
    return total * jnp.broadcast_to(_inverse_counts(x, windows), total.shape)


def _inverse_counts(x: Array, windows: Windows) -> Array:
    """1 / pixels under each window; 0 where a window sees only padding."""
    counts = []
    for axis, out in enumerate(windows.out(x.shape[1], x.shape[2])):
        first = np.arange(out) * windows.stride[axis] - windows.before[axis]
        last = np.minimum(first + windows.window[axis], x.shape[1 + axis])
        counts.append(np.maximum(0, last - np.maximum(0, first)))
    count = counts[0][:, None] * counts[1][None, :]
    inverse = np.divide(1.0, count, out=np.zeros(count.shape), where=count > 0)
    return jnp.asarray(inverse[None, :, :, None], x.dtype)
