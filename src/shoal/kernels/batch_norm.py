"""Batch normalization by the statistics of the batch itself, and what comes after it."""

from __future__ import annotations

import jax
from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.batch_norm import batch_norm as _native
from shoal.kernels.geometry import NOTHING, AfterNorm
from shoal.kernels.xla.batch_norm import batch_norm as _xla


def batch_norm(
    x: Array,
    weight: Array,
    scale: Array,
    shift: Array,
    epsilon: Array,
    *,
    active: Array | None = None,
    after: AfterNorm = NOTHING,
) -> tuple[Array, Array, Array]:
    r"""Each column with mean 0 and variance 1 over the rows, then scaled and shifted.

    :math:`y = (x - \mu) / \sqrt{\sigma^2 + \epsilon} \cdot \gamma + \beta`. The gradients are those
    of y by x, γ and β; μ and σ² beside it have none.

    Args:
        x: of shape (rows, columns).
        weight: of shape (examples,): 1, or 0 for an example that counts in neither μ nor σ².
            Each example has as many rows, which lie side by side.
        scale: γ, of shape (columns,).
        shift: β, likewise.
        epsilon: ε, a scalar.
        active: int32 scalar, columns in use; None for all. x, γ and β must be zero beyond.
        after: what becomes of y at once. A maximum's gradient goes to the first of equals, and
            that of what is not above 0 is cut off where y is rectified, as one after another.

    Returns:
        y of shape (rows, columns), or, row by row, of each window its maximum; and μ and σ² of
        shape (columns,), 0 where nothing counts.
    """
    call = _native if native_for(x.dtype) else _xla
    y, mean, variance = call(x, weight, scale, shift, epsilon, active, after)
    return y, jax.lax.stop_gradient(mean), jax.lax.stop_gradient(variance)
