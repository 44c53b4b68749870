"""The protocols of augmentation, and the random draws of its transforms.

There are three protocols: what moves pixels, what changes their values, and what mixes
examples.

The strength of a transform is a number like any other of a recipe: a range there is a traced
value in the program, a lane's own. Strength 0 changes nothing, to the last bit. A transform is
written for a batch of one lane. It draws its numbers by example (`Draws`), so an example gets
the same ones in every lane of a study.
"""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.kernels import uniform
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.space import Choice, Float, Int


@dataclass(frozen=True)
class Draws:
    """The random numbers of one transform at one step.

    Each method gives an example numbers of its own; two calls that ask for as
    many give the same ones.

    Attributes:
        key: uint32 of shape (2,), the step's with the transform's name mixed in.
        example: row number of each example in the training split, int32 of
            shape (batch,).
    """

    key: Array
    example: Array

    @classmethod
    def of(cls, key: Array, name: str, example: Array) -> Draws:
        """The numbers of the transform of this name, under the step's key."""
        word = zlib.crc32(f"augmentation.{name}".encode())
        return cls(key ^ jnp.asarray([word, 0], jnp.uint32), example)

    def uniform(self, count: int) -> Array:
        """Uniform in [0, 1), of shape (batch, count)."""
        return uniform(self.key, count, self.example).T

    def signed(self, count: int) -> Array:
        """Uniform in [-1, 1), of shape (batch, count)."""
        return 2.0 * self.uniform(count) - 1.0

    def normal(self, count: int) -> Array:
        r"""Standard normal, of shape (batch, count).

        Two uniform numbers make two normal ones,
        :math:`\sqrt{-2 \ln (1 - u)}\,(\cos 2 \pi v, \sin 2 \pi v)`.

        Source: Box and Muller, Annals of Mathematical Statistics 29 (1958).
        """
        half = -(-count // 2)
        both = self.uniform(2 * half)
        u, v = both[:, :half], both[:, half:]
        radius = jnp.sqrt(-2.0 * jnp.log1p(-u))
        angle = 2.0 * jnp.pi * v
        made = jnp.concatenate([radius * jnp.cos(angle), radius * jnp.sin(angle)], axis=1)
        return made[:, :count]


Strength = float | Float | Int | Choice


def number(strength: Strength) -> Array:
    """A strength inside the program: a number, or a lane's traced value."""
    return jnp.asarray(strength, jnp.float32)


Size = tuple[int, int]
"""Height and width of an image, in pixels."""


@dataclass(frozen=True, eq=False)
class Augmentation(Component):
    """Changes training examples at random; nothing is changed when a network is scored."""

    registry: ClassVar[Registry] = RECIPE_PARTS
    for_images: ClassVar[bool] = True
    """Whether it makes sense for images only."""


@dataclass(frozen=True, eq=False)
class Affine(Augmentation, ABC):
    """Moves pixels by an affine map; all such maps of a recipe become one resampling."""

    @abstractmethod
    def source(self, draws: Draws, size: Size) -> Array:
        """From where each example's pixels come.

        With pixels p = (row, column) counted from the center of the image, what
        stands at p afterwards stood at A p + b before.

        Returns:
            [A | b] of shape (batch, 2, 3), in pixels.
        """


@dataclass(frozen=True, eq=False)
class Displacement(Augmentation, ABC):
    """Moves each pixel on its own."""

    @abstractmethod
    def displacement(self, draws: Draws, size: Size) -> Array:
        """How much further each pixel comes from, of shape (batch, 2, height, width)."""


@dataclass(frozen=True, eq=False)
class Recoloring(Augmentation, ABC):
    """Changes values where they stand; targets stay as they are."""

    @abstractmethod
    def recolor(self, x: Array, draws: Draws) -> Array:
        """The examples of shape (batch, …) with other values."""
