"""Images looked up at other places: the resampling of every geometric transform."""

from __future__ import annotations

from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.resample import resample as _native
from shoal.kernels.xla.resample import nearest as _nearest
from shoal.kernels.xla.resample import resample as _xla


def resample(images: Array, at: Array) -> Array:
    r"""Bilinear interpolation: :math:`y_{ij} = \sum_{uv} w_u w_v\, x_{uv}` about ``at[i, j]``.

    A place beyond the border takes the nearest pixel; a place that is a pixel
    takes its value to the last bit. Not differentiated: it changes inputs, not weights.

    Args:
        images: of shape (n, height, width, channels).
        at: (row, column) in pixels, of shape (n, out_height, out_width, 2).

    Returns:
        y of shape (n, out_height, out_width, channels).
    """
    call = _native if native_for(images.dtype) else _xla
    found: Array = call(images, at)
    return found


def nearest(masks: Array, at: Array, outside: int) -> Array:
    """The label of the pixel that is nearest to each place, or ``outside``.

    Args:
        masks: integers of shape (n, height, width).
        at: (row, column) in pixels, of shape (n, out_height, out_width, 2).
        outside: label where the nearest whole place is no pixel.

    Returns:
        of shape (n, out_height, out_width) and the masks' type.
    """
    return _nearest(masks, at, outside)
