"""Dropout of whole tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels.noise import uniform
from shoal.network.layer import Context, Layer, Shape, check_field
from shoal.network.layers.rate import check_rate, may_drop
from shoal.space import Choice, Float, Int, static, traced


@dataclass(frozen=True, eq=False)
class TokenDropout(Layer):
    r"""Replaces tokens by padding at random while training ("word dropout").

    :math:`h_t = p` with probability r (the rate), else :math:`h_t = x_t`, p being the padding;
    nothing changes when predicting. A network that may not rely on any one word looks at more
    of them. x and h of shape (batch, length), whole numbers. The noise is keyed as that of
    `Dropout`: by seed, step, layer, example and place.

    Args:
        rate: probability r, 0 ≤ r < 1.
        padding: the token that fills up.

    Raises:
        NetworkError: a rate outside [0, 1), an input that is no row of whole numbers.

    Source: Iyyer et al., "Deep unordered composition rivals syntactic methods for text
    classification", ACL 2015, section 3.2.
    """

    kind: ClassVar[str] = "token_dropout"
    formula: ClassVar[str] = (
        r"@h[t] = @padding \text{ with probability } @rate, \text{ else } @x[t] "
        r"\quad \text{(training)}"
    )
    letters: ClassVar[Mapping[str, str]] = {"rate": "r", "padding": "p"}

    rate: float | Float | Choice = traced(0.1)
    padding: int | Int | Choice = static(0)

    def __post_init__(self) -> None:
        check_rate(self.rate)
        check_field(self.padding, "padding", least=0)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if len(shape) != 1:
            raise NetworkError(
                "a TokenDropout takes rows of tokens",
                expected="shape (length,)",
                received=f"shape {shape}",
            )
        return shape

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise NetworkError(
                "a TokenDropout takes whole numbers",
                expected="tokens, straight from the network's input",
                received=f"numbers of type {x.dtype}",
            )
        if not context.training or not may_drop(self.rate):
            return x
        assert context.key is not None
        noise = uniform(context.key, x.shape[0], jnp.arange(x.shape[1], dtype=jnp.int32))
        kept = noise >= jnp.asarray(self.rate, noise.dtype)
        return jnp.where(kept, x, jnp.asarray(self.padding, x.dtype))
