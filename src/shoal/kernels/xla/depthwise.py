"""The convolution whose every channel has filters of its own, as plain XLA."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from shoal.kernels.geometry import Windows
from shoal.kernels.xla.bounds import keep_active
from shoal.kernels.xla.patches import taps


def depthwise(
    x: Array,
    weight: Array,
    bias: Array | None,
    windows: Windows,
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    """Y = x * W + b with W of shape (kh, kw, 1, C·m): m filters for each of C channels.

    There is no product of matrices in it: each tap multiplies what it sees,
    number by number, which fuses into one loop for all lanes on any device.
    """
    kernel_h, kernel_w, _, filters = weight.shape
    multiplier = filters // windows.groups
    x = keep_active(x, active_in)
    if multiplier > 1:
        x = jnp.repeat(x, multiplier, axis=-1)
    y = jnp.zeros((), x.dtype)
    for seen, part in zip(
        taps(x, windows, 0.0), weight.reshape(kernel_h * kernel_w, filters), strict=True
    ):
        y = y + seen * jnp.broadcast_to(part, seen.shape)
    if bias is not None:
        y = y + jnp.broadcast_to(bias, y.shape)
    return keep_active(y, active_out)
