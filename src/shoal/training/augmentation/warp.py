"""One resampling for all that moves pixels.

The maps of all transforms are chained first, for each example; then every pixel
is looked up once. So three transforms cost and blur no more than one.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from shoal.kernels import nearest, resample
from shoal.training.augmentation.affine_maps import chained
from shoal.training.augmentation.draws import Draws
from shoal.training.augmentation.transform import Affine, Displacement, Size

Moves = Sequence[tuple[Affine | Displacement, Draws]]

OUTSIDE = -1
"""The label of a mask's pixels that come from outside of the image: it is ignored."""


def source_positions(moves: Moves, size: Size) -> Array:
    """From where each pixel comes, as (row, column) of shape (batch, height, width, 2).

    Affine maps apply in the order in which they are listed. Displacements add up
    and come last, wherever they are listed.
    """
    batch = moves[0][1].example.shape[0]
    whole = jnp.broadcast_to(jnp.eye(2, 3, dtype=jnp.float32), (batch, 2, 3))
    for transform, draws in moves:
        if isinstance(transform, Affine):
            # The image that a later map looks into is the one that earlier maps made.
            whole = chained(whole, transform.source(draws, size))
    rows, columns = _centered(size)
    fields = [t.displacement(draws, size) for t, draws in moves if isinstance(t, Displacement)]
    for field in fields:
        rows, columns = rows + field[:, 0], columns + field[:, 1]
    middle = [0.5 * (pixels - 1) for pixels in size]
    found = [
        whole[:, i, 0, None, None] * rows
        + whole[:, i, 1, None, None] * columns
        + whole[:, i, 2, None, None]
        + middle[i]
        for i in range(2)
    ]
    return jnp.stack(found, axis=-1)


def _centered(size: Size) -> tuple[Array, Array]:
    """Row and column of each pixel, counted from the center, of shape (1, height, width)."""
    height, width = size
    rows = jnp.arange(height, dtype=jnp.float32) - 0.5 * (height - 1)
    columns = jnp.arange(width, dtype=jnp.float32) - 0.5 * (width - 1)
    shape = (1, height, width)
    return (
        jnp.broadcast_to(rows[None, :, None], shape),
        jnp.broadcast_to(columns[None, None, :], shape),
    )


def warped(moves: Moves, x: Array, mask: Array | None) -> tuple[Array, Array | None]:
    """Images, and masks that show the same, after all moves.

    Beyond the border an image goes on as its nearest pixel does; a mask's pixels
    from there are `OUTSIDE`, which losses and metrics ignore. Between pixels an
    image is interpolated, a mask takes the nearest label.

    Args:
        moves: transforms with their draws, at least one.
        x: of shape (batch, height, width, channels).
        mask: int32 of shape (batch, height, width), or None.
    """
    at = source_positions(moves, (x.shape[1], x.shape[2]))
    return resample(x, at), None if mask is None else nearest(mask, at, OUTSIDE)
