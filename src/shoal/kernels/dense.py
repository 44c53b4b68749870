"""The fully connected product."""

from __future__ import annotations

from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.dense import dense as _native
from shoal.kernels.xla.dense import dense as _xla


def dense(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    active_in: Array | None = None,
    active_out: Array | None = None,
) -> Array:
    r"""Every output from every input: :math:`y = x W + b`.

    Written for one network; under ``vmap`` it is one call for all lanes. A lane
    that uses only part of a padded width says how much with ``active_in`` and
    ``active_out``; the kernels then do only that part of the work. From those
    indices on, x, W and b must be zero; y and every gradient are zero there.

    Args:
        x: of shape (B, K).
        weight: W, of shape (K, N).
        bias: b, of shape (N,).
        active_in: int32 scalar, inputs in use; None for K.
        active_out: int32 scalar, outputs in use; None for N. 0 costs nothing.

    Returns:
        y of shape (B, N).
    """
    call = _native if native_for(x.dtype) else _xla
    return call(x, weight, bias, active_in, active_out)
