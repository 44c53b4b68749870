"""Pooling: one number a window and channel, in one, two and three directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jax import Array

from shoal.kernels import geometry
from shoal.kernels.extension import native_for
from shoal.kernels.ffi import pool as _ffi
from shoal.kernels.xla import pool as _xla

Plane = Callable[[Array, geometry.Windows], Array]


def max_pool(
    x: Array,
    window: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]] | None = None,
) -> Array:
    r"""The maximum under each window: :math:`y_{bhwc} = \max_{ij} x_{b,hs+i,ws+j,c}`.

    Padding counts as minus infinity. Among equal maxima the gradient goes to
    the first, row by row. NaN under a window makes its maximum NaN.

    Args:
        x: of shape (B, …, C), with one to three axes between.
        window: extent in each direction.
        stride: step in each direction.
        padding: (before, after) for each direction; none if None.

    Returns:
        of shape (B, …, C).
    """
    plane = (_ffi if native_for(x.dtype) else _xla).max_pool
    return _pool(plane, x, window, stride, padding)


def avg_pool(
    x: Array,
    window: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]] | None = None,
) -> Array:
    """The mean under each window; padding does not count.

    Args:
        x: of shape (B, …, C), with one to three axes between.
        window: extent in each direction.
        stride: step in each direction.
        padding: (before, after) for each direction; none if None.

    Returns:
        of shape (B, …, C); 0 where a window sees only padding.
    """
    plane = (_ffi if native_for(x.dtype) else _xla).avg_pool
    return _pool(plane, x, window, stride, padding)


def mean_of_places(x: Array) -> Array:
    """The mean of each channel over all places: (B, P, C) to (B, C).

    In the extension, where there is one, because XLA may add up in another
    order for another number of lanes.
    """
    places = x.shape[1]
    if not native_for(x.dtype):
        return x.mean(axis=1)
    whole = geometry.windows((1, places), (1, 1), ((0, 0), (0, 0)))
    return _ffi.avg_pool(x[:, None], whole)[:, 0, 0]


def _pool(
    plane: Plane,
    x: Array,
    window: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]] | None,
) -> Array:
    """By planes: a line has unit height; of a volume each plane first, then along the depth.

    Both are right because the maximum of maxima is the maximum, the first of
    the first ones the first, and the part of a window inside a volume is a
    box, whose mean is the mean of its planes' means.
    """
    directions = x.ndim - 2
    pads = padding or ((0, 0),) * directions
    if directions == 1:
        windows = geometry.windows((1, *window), (1, *stride), ((0, 0), *pads))
        return plane(x[:, None], windows)[:, 0]
    windows = geometry.windows(window[-2:], stride[-2:], pads[-2:])
    if directions == 2:
        return plane(x, windows)
    batch, depth = x.shape[:2]
    planes = plane(x.reshape(batch * depth, *x.shape[2:]), windows)
    _, rows, columns, channels = planes.shape
    along = geometry.windows((window[0], 1), (stride[0], 1), (pads[0], (0, 0)))
    pooled = plane(planes.reshape(batch, depth, rows * columns, channels), along)
    return pooled.reshape(batch, -1, rows, columns, channels)
