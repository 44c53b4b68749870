"""Changes of pixels' values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.augmentation.transform import Draws, Recoloring, Strength, number
from shoal.space import traced
from shoal.space.checks import check_number


@dataclass(frozen=True, eq=False)
class Brightness(Recoloring):
    r"""Makes an image brighter or darker as a whole: :math:`x + u`.

    u is uniform in [-amount, amount]. Networks see standardized pixels, so an
    amount of 1 is one standard deviation of the training pixels.

    Args:
        amount: the largest change, in standard deviations of the pixels.

    Raises:
        RecipeError: an amount that is negative or no number.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 7.4.
    """

    kind: ClassVar[str] = "brightness"

    amount: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0)

    def recolor(self, x: Array, draws: Draws) -> Array:
        change = draws.signed(1)[:, 0] * number(self.amount)
        return x + change.reshape((-1,) + (1,) * (x.ndim - 1))


@dataclass(frozen=True, eq=False)
class Contrast(Recoloring):
    r"""Spreads an image's values about their mean, or draws them together.

    .. math:: x \mapsto \bar x + (1 + \text{amount})^u (x - \bar x)

    with u uniform in [-1, 1] and the mean over the image's pixels and channels.

    Args:
        amount: 0.2 for a fifth more or less, 0 ≤ amount < 100.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 12.2.1.
    """

    kind: ClassVar[str] = "contrast"

    amount: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=100.0)

    def recolor(self, x: Array, draws: Draws) -> Array:
        each = (-1,) + (1,) * (x.ndim - 1)
        # x plus a change instead of the mean plus a spread: no change is no rounding.
        change = jnp.expm1(draws.signed(1)[:, 0] * jnp.log1p(number(self.amount))).reshape(each)
        mean = x.mean(axis=tuple(range(1, x.ndim)), keepdims=True)
        return x + change * (x - mean)


@dataclass(frozen=True, eq=False)
class Saturation(Recoloring):
    r"""Makes an image's colors stronger or paler.

    .. math:: x_c \mapsto \bar x + (1 + \text{amount})^u (x_c - \bar x), \qquad
        \bar x = \frac{1}{C} \sum_c x_c

    with u uniform in [-1, 1] for the image, and the mean of each pixel over its C channels,
    its gray. An image of a single channel stays as it is.

    Args:
        amount: 0.2 for a fifth more or less, 0 ≤ amount < 100.

    Raises:
        RecipeError: an amount outside its bounds.

    Source: Howard, "Some improvements on deep convolutional neural network based image
    classification", arXiv 1312.5402 (2013), section 2.2.
    """

    kind: ClassVar[str] = "saturation"

    amount: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.amount, "amount", low=0.0, high=100.0)

    def recolor(self, x: Array, draws: Draws) -> Array:
        change = jnp.expm1(draws.signed(1)[:, 0] * jnp.log1p(number(self.amount)))
        # A sum of a fixed order: of the mean over an axis the compiler chooses one.
        gray = sum(x[..., c : c + 1] for c in range(x.shape[-1])) / x.shape[-1]
        return x + change[:, None, None, None] * (x - gray)


@dataclass(frozen=True, eq=False)
class Noise(Recoloring):
    r"""Adds normal noise to every input: :math:`x + \sigma z`, z standard normal.

    Inputs are standardized, so a standard deviation of 1 is as much noise as
    there is signal. For tables as well as for images.

    Args:
        stddev: σ.

    Raises:
        RecipeError: a standard deviation that is negative or no number.

    Source: Bishop, "Training with noise is equivalent to Tikhonov
    regularization", Neural Computation 7 (1995).
    """

    kind: ClassVar[str] = "noise"
    for_images: ClassVar[bool] = False

    stddev: Strength = traced(0.1)

    def __post_init__(self) -> None:
        check_number(self.stddev, "stddev", low=0.0)

    def recolor(self, x: Array, draws: Draws) -> Array:
        noise = draws.normal(math.prod(x.shape[1:])).reshape(x.shape)
        return x + number(self.stddev) * noise


@dataclass(frozen=True, eq=False)
class CutOut(Recoloring):
    """Blanks a rectangle of an image, its center anywhere, with the mean of all pixels.

    Parts of the rectangle may hang over the border. In a segmentation the mask
    stays as it is: what is hidden is to be told from what is around it.

    Args:
        size: the rectangle's sides, a share of the image's, 0 ≤ size ≤ 1.

    Raises:
        RecipeError: a size outside its bounds.

    Source: DeVries and Taylor, "Improved regularization of convolutional neural
    networks with Cutout", arXiv 1708.04552 (2017).
    """

    kind: ClassVar[str] = "cut_out"

    size: Strength = traced(0.3)

    def __post_init__(self) -> None:
        check_number(self.size, "size", low=0.0, high=1.0 + 1e-9)

    def recolor(self, x: Array, draws: Draws) -> Array:
        _, height, width, _ = x.shape
        center = draws.uniform(2)
        rows = self._inside(center[:, 0], height)
        columns = self._inside(center[:, 1], width)
        # The mean of the training pixels: inputs are standardized.
        return jnp.where((rows[:, :, None] & columns[:, None, :])[..., None], 0.0, x)

    def _inside(self, center: Array, pixels: int) -> Array:
        """Which of a side's pixels lie in the rectangle, of shape (batch, pixels)."""
        middle = (jnp.arange(pixels, dtype=jnp.float32) + 0.5) / pixels
        return jnp.abs(middle[None, :] - center[:, None]) < 0.5 * number(self.size)
