"""One vector of a text: its tokens' vectors, without their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import Context, Shape
from shoal.network.layers.embedding import Embedding
from shoal.space import Choice, static

MODES = ("mean", "sqrtn", "sum")
"""What the sum of the vectors is divided by: their number, its square root, nothing."""


@dataclass(frozen=True, eq=False)
class EmbeddingBag(Embedding):
    r"""The mean of the vectors of a text's tokens: :math:`h = \frac{1}{n} \sum_t W_{x_t}`.

    Over the n tokens that are no padding, whatever their order: a text of padding alone is
    zeros. x of shape (batch, length), whole numbers; W of shape (vocabulary, features); h of
    shape (batch, features). As an `Embedding` and a pooling behind it, but padding does not
    count. Behind `HashedNGrams` runs of tokens have vectors as well, and with them some of
    the order.

    Args:
        vocabulary: number of tokens, padding included.
        features: length of a vector; may be a range, lanes then mask.
        padding, deviation: as those of `Embedding`.
        mode: ``mean`` (default); ``sqrtn`` divides the sum by the square root of n, ``sum`` by
            nothing, so that long texts say more than short ones.

    Raises:
        NetworkError: an unknown mode, and what an `Embedding` refuses.

    Source: Joulin, Grave, Bojanowski, Mikolov, "Bag of tricks for efficient text
    classification", EACL 2017.
    """

    kind: ClassVar[str] = "embedding_bag"
    formula: ClassVar[str] = (
        r"@h = \operatorname{@=mode}_{t} @weight[@x[t]] "
        r"\quad (@x[t] = @padding \text{ does not count})"
    )

    mode: str | Choice = static("mean")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_mode(self.mode)

    def out_shape(self, *shapes: Shape) -> Shape:
        return super().out_shape(*shapes)[-1:]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        tokens = inputs[0]
        total = super().apply(params, tokens, context=context).sum(axis=1)
        if self.mode == "sum":
            return total
        present = jnp.ones(tokens.shape, total.dtype)
        if (padding := self._padding()) is not None:
            present = jnp.not_equal(tokens, padding).astype(total.dtype)
        count = jnp.maximum(present.sum(axis=1, keepdims=True), 1.0)
        return total / (jnp.sqrt(count) if self.mode == "sqrtn" else count)


def _check_mode(mode: Any) -> None:
    if isinstance(mode, Choice):
        for option in mode.options:
            _check_mode(option)
    elif not isinstance(mode, str) or mode not in MODES:
        raise NetworkError(
            "a mode of a bag is known by name", expected=", ".join(MODES), received=repr(mode)
        )
