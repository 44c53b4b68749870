"""Clipping of gradients before the optimizer gets them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.nn import Params
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.space import Choice, Float, Int, traced
from shoal.space.checks import check_number


@dataclass(frozen=True, eq=False)
class Clipping(Component, ABC):
    """Cuts one network's gradients down to a size."""

    registry: ClassVar[Registry] = RECIPE_PARTS

    @abstractmethod
    def clipped(self, gradients: Params) -> Params:
        """The gradients that the optimizer is given."""


@dataclass(frozen=True, eq=False)
class ByNorm(Clipping):
    r"""Shortens a long gradient and leaves its direction: :math:`g \leftarrow g \min(1, c/\|g\|)`.

    The norm is over all parameters of one network; in lanes, each has its own.

    Args:
        limit: c.

    Raises:
        RecipeError: a negative limit.

    Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent
    neural networks", ICML 2013, algorithm 1.
    """

    kind: ClassVar[str] = "by_norm"

    limit: float | Float | Int | Choice = traced(1.0)

    def __post_init__(self) -> None:
        check_number(self.limit, "limit", low=0.0)

    def clipped(self, gradients: Params) -> Params:
        limit = jnp.asarray(self.limit, jnp.float32)
        length = norm(gradients)
        scale = jnp.where(length > limit, limit / jnp.where(length > limit, length, 1.0), 1.0)
        short: Params = jax.tree.map(lambda g: g * scale, gradients)
        return short


def norm(gradients: Params) -> Array:
    """The Euclidean norm over all numbers of the tree, also where their squares overflow."""
    leaves = jax.tree.leaves(gradients)
    largest = reduce(jnp.maximum, [jnp.max(jnp.abs(leaf)) for leaf in leaves], jnp.float32(0.0))
    # Gradients explode in the very cases that clipping is for.
    unit = jnp.where(largest > 0, largest, 1.0)
    squares = [jnp.sum(jnp.square(leaf / unit)) for leaf in leaves]
    return unit * jnp.sqrt(reduce(jnp.add, squares, jnp.float32(0.0)))


@dataclass(frozen=True, eq=False)
class ByValue(Clipping):
    r"""Cuts every number of the gradient: :math:`g_i \leftarrow \min(c, \max(-c, g_i))`.

    It may turn the gradient; `ByNorm` does not.

    Args:
        limit: c.

    Raises:
        RecipeError: a negative limit.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 10.11.1.
    """

    kind: ClassVar[str] = "by_value"

    limit: float | Float | Int | Choice = traced(1.0)

    def __post_init__(self) -> None:
        check_number(self.limit, "limit", low=0.0)

    def clipped(self, gradients: Params) -> Params:
        limit = jnp.asarray(self.limit, jnp.float32)
        cut: Params = jax.tree.map(lambda g: jnp.clip(g, -limit, limit), gradients)
        return cut
