"""The convolution, in one, two and three directions."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
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
    stride: Sequence[int] | None = None,
    padding: Sequence[tuple[int, int]] | None = None,
    dilation: Sequence[int] | None = None,
    groups: int = 1,
    active_in: Array | None = None,
    active_out: Array | None = None,
) -> Array:
    r"""Every filter at every place (a cross-correlation, as is usual).

    .. math:: y_{bhwn} = b_n + \sum_{ijc} x_{b,\,hs+id-p,\,ws+jd-p,\,c} \, W_{ijcn}

    Written for one network; under ``vmap`` it is one call for all lanes. The
    bounds work as in `dense`, on channels and filters: those of all groups,
    counted from the first.

    One direction is a plane of unit height; three are the sum over the
    filter's depth of what each of its slices gives on the planes under it.

    Args:
        x: of shape (B, …, C), with one to three axes between.
        weight: W, of shape (…, C / groups, N).
        bias: b, of shape (N,).
        stride: s, for each direction; 1 if None.
        padding: (before, after) for each direction, with zeros; none if None.
        dilation: d, for each direction; 1 if None.
        groups: channels and filters fall into this many groups.
        active_in: int32 scalar, channels in use; None for C.
        active_out: int32 scalar, filters in use; None for N. 0 costs nothing.

    Returns:
        y of shape (B, …, N).
    """
    directions = x.ndim - 2
    ones, no_pads = (1,) * directions, ((0, 0),) * directions
    stride, dilation = tuple(stride or ones), tuple(dilation or ones)
    pads = tuple(padding or no_pads)
    if directions == 1:
        windows = geometry.windows(
            (1, weight.shape[0]), (1, *stride), ((0, 0), *pads), (1, *dilation), groups
        )
        return _plane(x[:, None], weight[None], bias, windows, active_in, active_out)[:, 0]
    windows = geometry.windows(weight.shape[-4:-2], stride[-2:], pads[-2:], dilation[-2:], groups)
    if directions == 2:
        return _plane(x, weight, bias, windows, active_in, active_out)
    total = None
    slices = _slices(x, weight.shape[0], stride[0], pads[0], dilation[0])
    for seen, part in zip(slices, weight, strict=True):
        planes = seen.reshape(seen.shape[0] * seen.shape[1], *seen.shape[2:])
        # The bias belongs to the sum: one slice brings it.
        y = _plane(planes, part, bias if total is None else None, windows, active_in, active_out)
        total = y if total is None else total + y
    assert total is not None
    return total.reshape(x.shape[0], -1, *total.shape[1:])


def _plane(
    x: Array,
    weight: Array,
    bias: Array | None,
    windows: geometry.Windows,
    active_in: Array | None,
    active_out: Array | None,
) -> Array:
    call = _native if native_for(x.dtype) else _xla
    return call(x, weight, bias, windows, active_in, active_out)


def _slices(
    x: Array, window: int, stride: int, pads: tuple[int, int], dilation: int
) -> list[Array]:
    """For each slice of a filter the planes that it sees: [B, D', H, W, C] each."""
    x = jnp.pad(x, ((0, 0), pads, (0, 0), (0, 0), (0, 0)))
    count = (x.shape[1] - (window - 1) * dilation - 1) // stride + 1
    reach = (count - 1) * stride + 1
    starts = (i * dilation for i in range(window))
    return [jax.lax.slice_in_dim(x, at, at + reach, stride, axis=1) for at in starts]
