"""Pooling: one number a window and channel."""

from __future__ import annotations

from collections.abc import Sequence

from jax import Array

from shoal.kernels import geometry
from shoal.kernels.extension import native_for
from shoal.kernels.ffi import pool as _ffi
from shoal.kernels.xla import pool as _xla


def max_pool(
    x: Array,
    window: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]] = ((0, 0), (0, 0)),
) -> Array:
    r"""The maximum under each window: :math:`y_{bhwc} = \max_{ij} x_{b,hs+i,ws+j,c}`.

    Padding counts as minus infinity. Among equal maxima the gradient goes to
    the first, row by row. NaN under a window makes its maximum NaN.

    Args:
        x: of shape (B, H, W, C).
        window: height and width of a window.
        stride: step down and across.
        padding: (before, after) of rows and of columns.

    Returns:
        of shape (B, H', W', C).
    """
    windows = geometry.windows(window, stride, padding)
    pooled: Array = (_ffi if native_for(x.dtype) else _xla).max_pool(x, windows)
    return pooled


def avg_pool(
    x: Array,
    window: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]] = ((0, 0), (0, 0)),
) -> Array:
    """The mean under each window; padding does not count.

    Args:
        x: of shape (B, H, W, C).
        window: height and width of a window.
        stride: step down and across.
        padding: (before, after) of rows and of columns.

    Returns:
        of shape (B, H', W', C); 0 where a window sees only padding.
    """
    windows = geometry.windows(window, stride, padding)
    pooled: Array = (_ffi if native_for(x.dtype) else _xla).avg_pool(x, windows)
    return pooled
