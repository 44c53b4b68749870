"""The transposed convolution, in one, two and three directions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels import geometry
from shoal.kernels.dense import dense
from shoal.kernels.extension import native_for
from shoal.kernels.ffi.conv import conv_transpose as _native
from shoal.kernels.xla.conv import conv_transpose as _xla


def conv_transpose(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int],
    active_in: Array | None = None,
    active_out: Array | None = None,
) -> Array:
    r"""What `conv` does to gradients, as an operation of its own.

    .. math:: y_{b,\,hs+id-p,\,ws+jd-p,\,n} \mathrel{+}= x_{bhwc} \, W_{ijnc}

    for every place and tap that falls into y, and then + b. A convolution of y
    with the same W, stride, padding and dilation has the shape of x.

    Args:
        x: of shape (B, …, C), with one to three axes between.
        weight: W, of shape (…, N, C).
        bias: b, of shape (N,).
        size: extent of y in each direction.
        stride: s, for each direction.
        padding: (before, after) for each direction: how much of y's rim is left out.
        dilation: d, for each direction.
        active_in: int32 scalar, channels in use; None for C.
        active_out: int32 scalar, filters in use; None for N.

    Returns:
        y of shape (B, *size, N).
    """
    call = _native if native_for(x.dtype) else _xla
    if len(size) == 1:
        windows = geometry.windows(
            (1, weight.shape[0]), (1, *stride), ((0, 0), *padding), (1, *dilation)
        )
        y = call(x[:, None], weight[None], windows, (1, size[0]), active_in, active_out)[:, 0]
    else:
        windows = geometry.windows(weight.shape[-4:-2], stride[-2:], padding[-2:], dilation[-2:])
        plane = (int(size[-2]), int(size[-1]))
        if len(size) == 2:
            y = call(x, weight, windows, plane, active_in, active_out)
        else:
            planes = x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
            parts = [call(planes, w, windows, plane, active_in, active_out) for w in weight]
            parts = [part.reshape(*x.shape[:2], *part.shape[1:]) for part in parts]
            y = _stacked(parts, int(size[0]), stride[0], padding[0][0], dilation[0])
    return y if bias is None else y + _everywhere(bias, y, active_out)


def _everywhere(bias: Array, y: Array, active_out: Array | None) -> Array:
    """The bias at every place of y, as a product with ones.

    The product's gradient adds up in the order of the kernels; that of a broadcast would be
    XLA's, which may be another for another number of lanes.
    """
    ones = jnp.ones((prod(y.shape[:-1]), 1), y.dtype)
    return dense(ones, bias[None], active_out=active_out).reshape(y.shape)


def _stacked(parts: list[Array], size: int, stride: int, before: int, dilation: int) -> Array:
    """The sum of what each slice of the filter gives, each at the depth where it belongs."""
    count = parts[0].shape[1]
    reach = (count - 1) * stride + 1
    total = None
    for i, part in enumerate(parts):
        first = i * dilation - before
        sides = (first, size - first - reach, stride - 1)
        rest = ((0, 0, 0),) * (part.ndim - 2)
        placed = jax.lax.pad(part, jnp.zeros((), part.dtype), ((0, 0, 0), sides, *rest))
        total = placed if total is None else total + placed
    assert total is not None
    return total
