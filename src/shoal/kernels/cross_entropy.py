"""Cross entropy of the softmax of scores with labels."""

from __future__ import annotations

from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.cross_entropy import cross_entropy as _native
from shoal.kernels.xla.cross_entropy import cross_entropy as _xla


def cross_entropy(
    scores: Array,
    labels: Array,
    *,
    smoothing: Array | None = None,
    weights: Array | None = None,
) -> Array:
    r"""What each row of scores costs, given its label.

    .. math:: c = \sum_k w_k q_k \Big( \log \sum_j e^{o_j} - o_k \Big), \qquad
        q_k = (1 - s) [k = y] + s / K

    A label that is none of the K classes costs nothing. Gradients flow to the
    scores alone.

    Args:
        scores: o, of shape (rows, K), K at least 1.
        labels: y, integers of shape (rows,).
        smoothing: s, a scalar; None for 0.
        weights: w, of shape (K,); None for 1.

    Returns:
        c of shape (rows,).
    """
    call = _native if native_for(scores.dtype) else _xla
    return call(scores, labels, smoothing, weights)
