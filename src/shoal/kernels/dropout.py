"""Dropout with noise keyed by coordinates."""

from __future__ import annotations

from jax import Array

from shoal.kernels.extension import native_for
from shoal.kernels.ffi.dropout import dropout as _native
from shoal.kernels.xla.dropout import dropout as _xla


def dropout(
    x: Array, rate: Array, key: Array, ranks: Array, *, active: Array | None = None
) -> Array:
    r"""Zeros at random, the rest scaled up: :math:`y = x \odot [u < 1 - r] / (1 - r)`.

    u is `uniform(key, rows, ranks)`; the gradient takes the same zeros.

    Args:
        x: of shape (rows, columns).
        rate: r, a scalar in [0, 1).
        key: uint32 of shape (2,).
        ranks: int32 of shape (columns,), the identity of each column.
        active: int32 scalar, columns in use; None for all. x must be zero beyond.

    Returns:
        y of shape (rows, columns).
    """
    call = _native if native_for(x.dtype) else _xla
    return call(x, rate, key, ranks, active)
