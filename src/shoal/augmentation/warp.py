"""One resampling for all that moves pixels, and elastic deformation.

The maps of all transforms are chained first, for each example. Then every pixel is looked up
once. So three transforms cost and blur no more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.augmentation.affine import chained
from shoal.augmentation.transform import Affine, Displacement, Draws, Size, Strength, number
from shoal.kernels import nearest
from shoal.kernels.dense import dense
from shoal.kernels.resample import resample
from shoal.space import Choice, Int, static, traced
from shoal.space.checks import check_number, check_whole

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


@dataclass(frozen=True, eq=False)
class Elastic(Displacement):
    r"""Bends an image as if it were drawn on rubber.

    Control points on a grid are displaced at random, each by (u H, v W) with u
    and v uniform in [-amount, amount]; between them a uniform cubic B-spline gives
    a smooth field of displacements,

    .. math:: d(p) = \sum_{ij} \beta(p_1 - i)\, \beta(p_2 - j)\, d_{ij}.

    The splines are never negative and add up to 1, so no pixel moves farther than a
    control point may. Simard et al. smooth noise at every pixel instead, which
    looks the same and costs a convolution with a large kernel.

    Args:
        amount: the farthest displacement, a share of the image's size, 0 ≤ amount < 1.
        cells: the grid's cells along each side; more are finer waves.

    Raises:
        RecipeError: an amount outside its bounds, or cells that are not a whole number.

    Source: Simard, Steinkraus and Platt, "Best practices for convolutional
    neural networks", ICDAR 2003; Rueckert et al., IEEE Transactions on Medical
    Imaging 18 (1999), for the splines.
    """

    kind: ClassVar[str] = "elastic"

    amount: Strength = traced(0.05)
    cells: int | Int | Choice = static(4)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=1.0)
        check_whole(self.cells, "cells")

    def displacement(self, draws: Draws, size: Size) -> Array:
        height, width = size
        cells = int(self.cells)  # type: ignore[arg-type]  # static: bound
        points, batch = cells + 3, draws.example.shape[0]
        far = jnp.asarray(size, jnp.float32) * number(self.amount)
        control = draws.signed(2 * points * points).reshape(batch, 2, points, points)
        # The grid's columns, then its rows; products of a fixed order, whatever the lanes.
        wide = dense(control.reshape(-1, points), jnp.asarray(spline_basis(width, cells)))
        tall = wide.reshape(batch, 2, points, width).swapaxes(2, 3).reshape(-1, points)
        field = dense(tall, jnp.asarray(spline_basis(height, cells)))
        field = field.reshape(batch, 2, width, height).swapaxes(2, 3)
        return field * far[None, :, None, None]


def spline_basis(pixels: int, cells: int) -> np.ndarray:
    """Weight of each control point at each pixel, float32 of shape (cells + 3, pixels).

    Source: Lee, Wolberg and Shin, "Scattered data interpolation with multilevel
    B-splines", IEEE Transactions on Visualization and Computer Graphics 3 (1997).
    """
    at = (np.arange(pixels) + 0.5) / pixels * cells
    cell = np.minimum(at.astype(int), cells - 1)
    t = at - cell
    weights = (
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    )
    basis = np.zeros((cells + 3, pixels), np.float32)
    for step, weight in enumerate(weights):
        basis[cell + step, np.arange(pixels)] = weight
    return basis
