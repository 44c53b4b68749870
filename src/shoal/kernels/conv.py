"""The convolution."""

from __future__ import annotations

from collections.abc import Sequence

from jax import Array

from shoal.kernels import geometry
from shoal.kernels.extension import native_for
from shoal.kernels.ffi.conv import conv as _native
from shoal.kernels.xla.conv import conv as _xla


def conv(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Sequence[int] = (1, 1),
    padding: Sequence[tuple[int, int]] = ((0, 0), (0, 0)),
    dilation: Sequence[int] = (1, 1),
    groups: int = 1,
    active_in: Array | None = None,
    active_out: Array | None = None,
) -> Array:
    r"""Every filter at every place (a cross-correlation, as is usual).

    .. math:: y_{bhwn} = b_n + \sum_{ijc} x_{b,\,hs+id-p,\,ws+jd-p,\,c} \, W_{ijcn}

    Written for one network; under ``vmap`` it is one call for all lanes. The
    bounds work as in `dense`, on channels and filters. One dimension is a unit
    height or width.

    Args:
        x: of shape (B, H, W, C).
        weight: W, of shape (kh, kw, C / groups, N).
        bias: b, of shape (N,).
        stride: s, down and across.
        padding: (before, after) of rows and of columns, with zeros.
        dilation: d, down and across.
        groups: channels and filters fall into this many groups.
        active_in: int32 scalar, channels in use; None for C.
        active_out: int32 scalar, filters in use; None for N. 0 costs nothing.

    Returns:
        y of shape (B, H', W', N).
    """
    windows = geometry.windows(weight.shape[:2], stride, padding, dilation, groups)
    call = _native if native_for(x.dtype) else _xla
    return call(x, weight, bias, windows, active_in, active_out)
