"""Affine moves of pictures: shift, rotation, scale, shear, flip.

A transform gives each example an affine map of the plane. Maps are written as sums of products
and not as matrix products: the identity stays the identity to the last bit on every device,
also where products are rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.augmentation.transform import Affine, Draws, Size, Strength, number
from shoal.space import traced
from shoal.space.checks import check_number


def linear_map(rows: Array, rows_by_column: Array, columns_by_row: Array, columns: Array) -> Array:
    """[A | 0] of shape (batch, 2, 3) from the four numbers of A, each of shape (batch,)."""
    zero = jnp.zeros_like(rows)
    first = jnp.stack([rows, rows_by_column, zero], axis=-1)
    second = jnp.stack([columns_by_row, columns, zero], axis=-1)
    return jnp.stack([first, second], axis=-2)


def moved(maps: Array, offset: Array) -> Array:
    """The maps with b = offset, of shape (batch, 2)."""
    return jnp.concatenate([maps[..., :2], offset[..., None]], axis=-1)


def scaling(rows: Array, columns: Array) -> Array:
    """diag(rows, columns) as a map."""
    zero = jnp.zeros_like(rows)
    return linear_map(rows, zero, zero, columns)


def chained(outer: Array, inner: Array) -> Array:
    """The map p → outer(inner(p)), by example."""
    a, b = outer[..., :2], outer[..., 2]
    products = (a[..., :, :, None] * inner[..., None, :, :2]).sum(axis=-2)
    offset = (a * inner[..., None, :, 2]).sum(axis=-1) + b
    return moved(products, offset)


@dataclass(frozen=True, eq=False)
class Rotation(Affine):
    r"""Turns an image about its center by an angle uniform in [-degrees, degrees].

    Args:
        degrees: the largest angle, 0 ≤ degrees ≤ 180.

    Raises:
        RecipeError: an angle outside its bounds.

    Source: Simard, Steinkraus and Platt, "Best practices for convolutional
    neural networks", ICDAR 2003.
    """

    kind: ClassVar[str] = "rotation"

    degrees: Strength = traced(10.0)

    def __post_init__(self) -> None:
        check_number(self.degrees, "degrees", low=0.0, high=180.0 + 1e-9)

    def source(self, draws: Draws, size: Size) -> Array:
        angle = draws.signed(1)[:, 0] * (number(self.degrees) * (jnp.pi / 180.0))
        cosine, sine = jnp.cos(angle), jnp.sin(angle)
        return linear_map(cosine, -sine, sine, cosine)


@dataclass(frozen=True, eq=False)
class Scale(Affine):
    r"""Makes what is in an image larger or smaller: by :math:`(1 + \text{amount})^u`.

    u is uniform in [-1, 1], so that growing and shrinking are as likely.

    Args:
        amount: 0.1 for a tenth more or less, 0 ≤ amount < 10.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 7.4.
    """

    kind: ClassVar[str] = "scale"

    amount: Strength = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=10.0)

    def source(self, draws: Draws, size: Size) -> Array:
        shrinking = jnp.exp(draws.signed(1)[:, 0] * -jnp.log1p(number(self.amount)))
        return scaling(shrinking, shrinking)


@dataclass(frozen=True, eq=False)
class Shear(Affine):
    r"""Slants an image: :math:`(row, column) \mapsto (row, column + s \cdot row)`.

    Rows stay rows. s is uniform in [-amount, amount], rows count from the center.

    Args:
        amount: columns a row, at most, 0 ≤ amount < 10.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 7.4.
    """

    kind: ClassVar[str] = "shear"

    amount: Strength = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=10.0)

    def source(self, draws: Draws, size: Size) -> Array:
        slant = draws.signed(1)[:, 0] * number(self.amount)
        one = jnp.ones_like(slant)
        return linear_map(one, jnp.zeros_like(slant), -slant, one)


@dataclass(frozen=True, eq=False)
class Shift(Affine):
    r"""Moves an image up or down and to a side: :math:`p \mapsto p + (u H, v W)`.

    u and v are uniform in [-amount, amount]; H and W are height and width.

    Args:
        amount: the farthest shift, a share of the image's size, 0 ≤ amount < 1.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 7.4.
    """

    kind: ClassVar[str] = "shift"

    amount: Strength = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=1.0)

    def source(self, draws: Draws, size: Size) -> Array:
        moves = draws.signed(2) * number(self.amount) * jnp.asarray(size, jnp.float32)[None]
        one = jnp.ones_like(moves[:, 0])
        return moved(scaling(one, one), -moves)


@dataclass(frozen=True, eq=False)
class Flip(Affine):
    """Mirrors an image, left to right or upside down, each with its own probability.

    Args:
        horizontal: probability of left and right changing places.
        vertical: probability of top and bottom changing places.

    Raises:
        RecipeError: a probability outside [0, 1].

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep
    convolutional neural networks", NIPS 2012.
    """

    kind: ClassVar[str] = "flip"

    horizontal: Strength = traced(0.5)
    vertical: Strength = traced(0.0)

    def __post_init__(self) -> None:
        check_number(self.horizontal, "horizontal", low=0.0, high=1.0 + 1e-9)
        check_number(self.vertical, "vertical", low=0.0, high=1.0 + 1e-9)

    def source(self, draws: Draws, size: Size) -> Array:
        u = draws.uniform(2)
        sides = jnp.where(u[:, 0] < number(self.horizontal), -1.0, 1.0).astype(jnp.float32)
        upside = jnp.where(u[:, 1] < number(self.vertical), -1.0, 1.0).astype(jnp.float32)
        return scaling(upside, sides)


@dataclass(frozen=True, eq=False)
class Crop(Affine):
    r"""Takes a window of an image and enlarges it to the image's size.

    The window's sides are 1 - u of the image's, u uniform in [0, amount]; it
    lies anywhere inside.

    Args:
        amount: share of a side that may be cut away, 0 ≤ amount < 1.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Szegedy et al., "Going deeper with convolutions", CVPR 2015.
    """

    kind: ClassVar[str] = "crop"

    amount: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=1.0)

    def source(self, draws: Draws, size: Size) -> Array:
        u = draws.uniform(3)
        cut = u[:, :1] * number(self.amount)
        side = 1.0 - cut[:, 0]
        room = 0.5 * cut * jnp.asarray(size, jnp.float32)[None]
        return moved(scaling(side, side), (2.0 * u[:, 1:] - 1.0) * room)
