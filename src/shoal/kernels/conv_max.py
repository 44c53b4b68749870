"""A convolution whose output only a max pooling reads."""

from __future__ import annotations

from collections.abc import Sequence

import jax
from jax import Array

from shoal.kernels import geometry
from shoal.kernels.extension import native_for
from shoal.kernels.ffi.conv_max import Geometry
from shoal.kernels.ffi.conv_max import conv_max as _native
from shoal.kernels.geometry import Windows
from shoal.kernels.xla import pool as _pool
from shoal.kernels.xla.conv import conv as _conv

LARGEST_WINDOW = 254
"""Places of a window: the place of the maximum is remembered in a byte."""


def conv_max(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    window: Sequence[int],
    rectified: bool = False,
    stride: Sequence[int] = (1, 1),
    padding: Sequence[tuple[int, int]] = ((0, 0), (0, 0)),
    dilation: Sequence[int] = (1, 1),
    groups: int = 1,
    active_in: Array | None = None,
    active_out: Array | None = None,
) -> Array:
    r"""The largest value of a convolution under each of the windows side by side.

    .. math:: y = \max_{\text{window}} (x * W + b), \qquad
        y = \max(0, \max_{\text{window}} (x * W + b)) \text{ if rectified}

    The same as `conv`, `max_pool` with its window as stride, and the rectifier,
    one after another, gradients included (that of equal maxima goes to the
    first, that at 0 is cut off); but the map, by far the largest of the arrays,
    is never written: a byte remembers where in its window a maximum was.

    Args:
        x: of shape (B, H, W, C).
        weight: of shape (kh, kw, C / groups, N).
        bias: of shape (N,).
        window: height and width, their product at most `LARGEST_WINDOW`. Rows
            and columns of the map that do not fill a window are left out.
        rectified: whether the maximum is cut off at 0.
        stride: of the filters, down and across.
        padding: (before, after) of rows and of columns, with zeros.
        dilation: of the filters, down and across.
        groups: channels and filters fall into this many groups.
        active_in: channels in use, as in `conv`.
        active_out: filters in use, as in `conv`.

    Returns:
        y of shape (B, H' // window height, W' // window width, N).
    """
    filters = geometry.windows(weight.shape[:2], stride, padding, dilation, groups)
    side_by_side = int(window[0]), int(window[1])
    if native_for(x.dtype):
        how = Geometry(filters, side_by_side, rectified)
        return _native(x, weight, bias, how, active_in, active_out)
    maps = _conv(x, weight, bias, filters, active_in, active_out)
    maxima = _pool.max_pool(maps, Windows(side_by_side, side_by_side, ((0, 0), (0, 0))))
    return jax.nn.relu(maxima) if rectified else maxima
