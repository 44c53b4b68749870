"""The convolution of a map that is twice as large, which is never made."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from shoal.kernels.conv import conv
from shoal.kernels.conv_transpose import conv_transpose
from shoal.kernels.extension import native_for

FACTOR = 2
"""How many times as large the map is, in either direction."""


def conv_upsampled(
    x: Array,
    weight: Array,
    *,
    padding: Sequence[tuple[int, int]],
    active_in: Array | None = None,
    active_out: Array | None = None,
) -> Array:
    r"""Every filter at every place of the map in which each cell of x is a block of 2×2.

    .. math:: y_{bhwn} = \sum_{ijc} u_{b,\,h+i-p,\,w+j-p,\,c} \, W_{ijcn}, \qquad
        u_{bhwc} = x_{b, \lfloor h/2 \rfloor, \lfloor w/2 \rfloor, c}

    Of the taps of a filter that see one block of u only the sum matters. So this is a transposed
    convolution of x with stride 2, whose filters are one larger: for 3×3 taps 16 products for
    each cell of x in place of 36, forward and back.

    Args:
        x: of shape (B, H, W, C).
        weight: W, of shape (kh, kw, C, N).
        padding: (before, after) of rows and of columns of u, with zeros; less than the filter.
        active_in: channels in use, as in `conv`.
        active_out: filters in use, as in `conv`.

    Returns:
        y of shape (B, H', W', N).

    Source: Odena, Dumoulin, Olah, "Deconvolution and checkerboard artifacts", Distill (2016),
    which tells how the two are one operation.
    """
    if not native_for(x.dtype):
        u = jnp.repeat(jnp.repeat(x, FACTOR, axis=1), FACTOR, axis=2)
        return conv(u, weight, padding=padding, active_in=active_in, active_out=active_out)
    taps = weight.shape[:2]
    size = [
        FACTOR * n + sum(pads) - k + 1
        for n, k, pads in zip(x.shape[1:3], taps, padding, strict=True)
    ]
    rims = [
        (k - 1 - before, k - 1 - after) for k, (before, after) in zip(taps, padding, strict=True)
    ]
    return conv_transpose(
        x,
        _sums_of_taps(weight),
        size=size,
        stride=(FACTOR, FACTOR),
        padding=rims,
        dilation=(1, 1),
        active_in=active_in,
        active_out=active_out,
    )


def _sums_of_taps(weight: Array) -> Array:
    """By place of y from a cell of x on: the taps that see that cell's block, (…, N, C)."""
    turned = jnp.swapaxes(weight[::-1, ::-1], 2, 3)
    return _with_next(_with_next(turned, 0), 1)


def _with_next(taps: Array, axis: int) -> Array:
    """Each tap along an axis plus the one before it; one more than there were."""
    sides = ((1, 0), (0, 1))
    before, after = (
        jnp.pad(taps, [side if at == axis else (0, 0) for at in range(taps.ndim)]) for side in sides
    )
    return before + after
