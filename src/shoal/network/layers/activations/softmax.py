"""Probabilities of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.network.layer import Context
from shoal.network.layers.activations.activation import Activation, over


@dataclass(frozen=True, eq=False)
class Softmax(Activation):
    r"""Probabilities over the last axis, :math:`f(x)_i = e^{x_i} / \sum_j e^{x_j}`.

    The largest input is subtracted first, so that nothing overflows. Masked
    units are left out of the sum. As the last layer, under a loss on logits, it
    is fused into the loss.

    Source: Bridle, "Probabilistic interpretation of feedforward classification
    network outputs", in *Neurocomputing* (1990).
    """

    kind: ClassVar[str] = "softmax"
    formula: ClassVar[str] = r"@h[j] = \frac{e^{@x[j]}}{\sum_{k} e^{@x[k]}}"

    def function(self, x: Array) -> Array:
        return jax.nn.softmax(x, axis=-1)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        if context.mask is None:
            return self.function(inputs[0])
        mask = over(context.mask, inputs[0])
        return self.function(without_masked(inputs[0], mask)) * mask


def without_masked(x: Array, mask: Array) -> Array:
    """X with masked units so low that they have no share in a sum of exponentials.

    A finite stand-in for minus infinity: an idle lane has no unit left, and 0/0
    there would turn into a NaN.
    """
    return jnp.where(mask > 0, x, jnp.asarray(-1e30, x.dtype))


softmax = Softmax()
