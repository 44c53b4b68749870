"""Fully connected layers one after another, as one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.chain_cost import chain_cost as _native_cost
from shoal.kernels.ffi.dense_chain import GradientHooks
from shoal.kernels.ffi.dense_chain import dense_chain as _native
from shoal.kernels.xla.cross_entropy import cross_entropy as _cross_entropy
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
        taps: see there; only where the extension is in use, and not of the last link.
    """

    weight: Array
    bias: Array | None = None
    rectified: bool = False
    drop: Drop | None = None
    active: Array | None = None
    taps: GradientHooks | None = None


class LabelCosts(NamedTuple):
    """What makes one number of scores and labels: see `shoal.kernels.cross_entropy`.

    Attributes:
        labels: integers of shape (B,).
        rows: how much each row's cost counts, of shape (B,).
        smoothing: a scalar; None for 0.
        classes: weights of the classes, of shape (N,); None for 1.
    """

    labels: Array
    rows: Array
    smoothing: Array | None = None
    classes: Array | None = None


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
        if link.taps is not None:
            raise ValueError("only the extension gives gradients in factors")
        x = _dense(x, link.weight, link.bias, active_in, link.active)
        if link.rectified:
            x = jax.nn.relu(x)
        if link.drop is not None:
            x = _dropout(x, *link.drop, link.active)
        active_in = link.active
    return x


def chain_cost(
    x: Array, links: Sequence[DenseLink], costs: LabelCosts, *, active_in: Array | None = None
) -> Array:
    r"""What a chain's results cost as scores of classes: :math:`\sum_b r_b c_b`, a scalar.

    The same as `dense_chain` and `cross_entropy`, weighed and summed. But where the
    gradient is wanted, a lane goes forward and back at one go: its results lie in the
    nearest caches still, and are never written elsewhere.

    Args:
        x: see `dense_chain`.
        links: likewise; the last one gives the scores.
        costs: c, and how much each row counts, r. Gradients flow to x, weights and
            biases alone.
        active_in: see `dense_chain`.
    """
    if native_for(x.dtype):
        return _native_cost(x, links, costs, active_in)
    scores = dense_chain(x, links, active_in=active_in)
    found = _cross_entropy(scores, costs.labels, costs.smoothing, costs.classes)
    return jnp.sum(found * jax.lax.stop_gradient(costs.rows))
