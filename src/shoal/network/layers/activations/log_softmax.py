"""Logarithms of the probabilities of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.network.layer import Context
from shoal.network.layers.activations.activation import Activation, over
from shoal.network.layers.activations.softmax import without_masked


@dataclass(frozen=True, eq=False)
class LogSoftmax(Activation):
    r"""Log-probabilities over the last axis, :math:`f(x)_i = x_i - \log \sum_j e^{x_j}`.

    The largest input is subtracted first, so that nothing overflows, and a
    probability too small for float32 still has its logarithm. Masked units are
    left out of the sum.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 6.2.2.3.
    """

    kind: ClassVar[str] = "log_softmax"
    formula: ClassVar[str] = r"@h[j] = @x[j] - \log \sum_{k} e^{@x[k]}"

    def function(self, x: Array) -> Array:
        return jax.nn.log_softmax(x, axis=-1)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        if context.mask is None:
            return self.function(inputs[0])
        mask = over(context.mask, inputs[0])
        # Not a product with the mask: what a masked unit has here is near -1e30.
        return jnp.where(mask > 0, self.function(without_masked(inputs[0], mask)), 0.0)


log_softmax = LogSoftmax()
