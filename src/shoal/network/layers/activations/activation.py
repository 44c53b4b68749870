"""The protocol of an activation: a function of each number, as a layer without parameters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.network.layer import Context, Layer, Shape


@dataclass(frozen=True, eq=False)
class Activation(Layer):
    """A function applied to each number of its input.

    A number of it may be a range and is then an input of the compiled program. A
    `Choice` among activations is a program for each of them: one program in which
    a lane selects would compute, and differentiate, every one of them in every
    lane, and could pool before none of them.
    """

    by_member: ClassVar[bool] = True

    keeps_zero: ClassVar[bool] = False
    """Whether f(0) = 0, so that a masked unit stays silent by itself."""

    monotone: ClassVar[bool] = False
    """Whether f never decreases, so that it commutes with a maximum."""

    @abstractmethod
    def function(self, x: Array) -> Array:
        """The function, element by element."""

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        h = self.function(inputs[0])
        if context.mask is None or self.keeps_zero:
            return h
        return h * over(context.mask, h)


def over(mask: Array, x: Array) -> Array:
    """A mask of features for every example and place of x."""
    return jnp.broadcast_to(mask.astype(x.dtype), x.shape)
