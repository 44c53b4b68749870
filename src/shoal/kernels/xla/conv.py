"""The convolution as plain XLA."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.geometry import Windows
from shoal.kernels.xla.bounds import keep_active
from shoal.kernels.xla.patches import taps


def conv(
    x: Array,
    weight: Array,
    bias: Array | None,
    windows: Windows,
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    """Y = x * W + b, as patches on a CPU and as a convolution elsewhere."""
    x = keep_active(x, active_in)
    lower = _as_patches if jax.default_backend() == "cpu" else _as_convolution
    y = lower(x, weight, windows)
    if bias is not None:
        y = y + jnp.broadcast_to(bias, y.shape)
    return keep_active(y, active_out)


def _as_patches(x: Array, weight: Array, windows: Windows) -> Array:
    """One product of all patches with all filters.

    XLA:CPU leaves its fast convolution inside loops, and ``vmap`` turns it into
    a grouped one; products stay fast in both.
    """
    kernel_h, kernel_w, channels, filters = weight.shape
    groups = windows.groups
    patches = jnp.stack(list(taps(x, windows, 0.0)), axis=3)
    batch, rows, columns, window = patches.shape[:4]
    if groups == 1:
        left = patches.reshape(batch * rows * columns, window * channels)
        y = jnp.dot(
            left,
            weight.reshape(kernel_h * kernel_w * channels, filters),
            precision=jax.lax.Precision.HIGHEST,
        )
        return y.reshape(batch, rows, columns, filters)
    left = patches.reshape(batch, rows, columns, window, groups, channels)
    right = weight.reshape(window, channels, groups, filters // groups)
    y = jnp.einsum("bhwkgc,kcgn->bhwgn", left, right, precision=jax.lax.Precision.HIGHEST)
    return y.reshape(batch, rows, columns, filters)


def _as_convolution(x: Array, weight: Array, windows: Windows) -> Array:
    return jax.lax.conv_general_dilated(
        x,
        weight,
        window_strides=windows.stride,
        padding=windows.padding,
        rhs_dilation=windows.dilation,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=windows.groups,
        precision=jax.lax.Precision.HIGHEST,
    )


def conv_transpose(
    x: Array,
    weight: Array,
    windows: Windows,
    size: tuple[int, int],
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    """The gradient of `conv` for its input of this size, where x is that of its output."""

    def down(y: Array) -> Array:
        return conv(y, weight, None, windows, active_out, active_in)

    # Linear: where its gradient is taken does not matter, and XLA removes the zeros.
    _, pull = jax.vjp(down, jnp.zeros((x.shape[0], *size, weight.shape[2]), x.dtype))
    (y,) = pull(x)
    return y  # type: ignore[no-any-return]  # an array, as what went in
