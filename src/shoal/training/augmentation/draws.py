"""Chance for augmentation: numbers keyed by seed, step, transform and example, never by lane."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from shoal.kernels import uniform


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
