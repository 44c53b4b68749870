"""Fully connected layers one after another, as one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.dense_chain import dense_chain as _native
from shoal.kernels.xla.dense import dense as _dense
from shoal.kernels.xla.dropout import dropout as _dropout


class Drop(NamedTuple):
    """Dropout, as in `shoal.kernels.dropout`.

    Attributes:
        rate: r, a scalar in [0, 1).
        key: uint32 of shape (2,).
        ranks: int32 of shape (columns,), the identity of each column.
    """

    rate: Array
    key: Array
    ranks: Array


class DenseLink(NamedTuple):
    """One product of a chain, and what comes after it.

    Attributes:
        weight: W, of shape (K, N).
        bias: b, of shape (N,); None for none.
        rectified: whether negative results become 0.
        drop: dropout of what is rectified; None for none.
        active: int32 scalar, outputs in use; None for N.
    """

    weight: Array
    bias: Array | None = None
    rectified: bool = False
    drop: Drop | None = None
    active: Array | None = None


def dense_chain(x: Array, links: Sequence[DenseLink], *, active_in: Array | None = None) -> Array:
    r"""Products one after another, each rectified and dropped out where its link says so.

    .. math:: y_i = m_i \odot \max(0, y_{i-1} W_i + b_i) / (1 - r_i), \qquad y_0 = x

    The same as `dense`, the rectifier and `dropout` in turn, gradients included.
    But a lane goes through all layers while it is in the caches of one processor;
    what lies between the layers is not zeroed where a lane has no use for it; and
    the backward pass draws no noise: where :math:`y_i > 0`, the gradient of what
    was rectified is that of y times :math:`1 / (1 - r_i)`, elsewhere 0.

    Args:
        x: of shape (B, K).
        links: at least one; dropout only where there is a rectifier.
        active_in: int32 scalar, inputs in use; None for K. Beyond what is in use
            x, W and b must be zero, as for `dense`.

    Returns:
        the last y, of shape (B, N).
    """
    if native_for(x.dtype):
        return _native(x, links, active_in)
    for link in links:
        x = _dense(x, link.weight, link.bias, active_in, link.active)
        if link.rectified:
            x = jax.nn.relu(x)
        if link.drop is not None:
            x = _dropout(x, *link.drop, link.active)
        active_in = link.active
    return x
