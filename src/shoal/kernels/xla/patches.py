"""The pixels under each tap of a sliding window, as strided slices."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
from jax import Array

from shoal.kernels.geometry import Windows


def taps(x: Array, windows: Windows, fill: float) -> Iterator[Array]:
    """For each tap (row by row) what all windows see there, [B, out_h, out_w, C].

    Slices, because their gradient is a pad; XLA's windowed reductions and
    their gradients are slow on a CPU and slower inside a loop.
    """
    (top, bottom), (left, right) = windows.padding
    rows, columns = windows.out(x.shape[1], x.shape[2])
    zero = jnp.asarray(fill, x.dtype)
    x = jax.lax.pad(x, zero, ((0, 0, 0), (top, bottom, 0), (left, right, 0), (0, 0, 0)))
    for i in range(windows.window[0]):
        for j in range(windows.window[1]):
            yield _slice(x, windows, i, j, rows, columns)


def _slice(x: Array, windows: Windows, i: int, j: int, rows: int, columns: int) -> Array:
    if rows == 0 or columns == 0:
        return jnp.zeros((x.shape[0], rows, columns, x.shape[3]), x.dtype)
    (down, across), (spread_h, spread_w) = windows.stride, windows.dilation
    first_row, first_column = i * spread_h, j * spread_w
    return jax.lax.slice(
        x,
        (0, first_row, first_column, 0),
        (
            x.shape[0],
            first_row + (rows - 1) * down + 1,
            first_column + (columns - 1) * across + 1,
            x.shape[3],
        ),
        (1, down, across, 1),
    )
