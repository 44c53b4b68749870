"""The two parts of a text's row: its tokens, and its words' character n-grams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import NetworkError
from shoal.nn.layer import Context, Layer, Shape, check_field, short, whole_number
from shoal.nn.layers.token_embeddings import mixed
from shoal.space import Choice, Int, is_range, static

LONGEST = 20
"""Characters of an n-gram, at most."""

MOST_PER_TOKEN = 100
"""N-grams of a text for each of its tokens, at most."""


@dataclass(frozen=True, eq=False)
class CharacterNGrams(Layer):
    r"""The character n-grams of a text's words: :math:`h_t = 1 + \mathrm{hash}_b(x_{L + t})`.

    A network with this layer gets rows of :math:`(1 + r) L` whole numbers: L tokens, and
    behind them r L hashes of n-grams, 0 where there are no more (`Tokens` takes the tokens).
    An n-gram is a run of ``min_n`` to ``max_n`` characters of a word with a space before and
    behind it; a shorter word is one n-gram. h of shape (batch, r L) holds numbers from 1 to b,
    the buckets, and 0: an `EmbeddingBag` of b + 1 vectors goes behind it. Words that training
    did not hold share n-grams with others, such as "unwatchable" with "watchable".

    Args:
        buckets: b; n-grams that meet in a bucket are taken for one.
        min_n, max_n: characters of the shortest and the longest n-grams; no ranges, and the
            same wherever the layer stands in a network, for the texts are read once. So the
            next one.
        per_token: r.

    Raises:
        NetworkError: a field that is no whole number, a range where there can be none, an
            input whose length is no multiple of 1 + r.

    Source: Bojanowski, Grave, Joulin, Mikolov, "Enriching word vectors with subword
    information", TACL 5 (2017).
    """

    kind: ClassVar[str] = "character_ngrams"
    formula: ClassVar[str] = r"@h[t] = 1 + \operatorname{hash}_{@buckets}(@x[L + t])"
    letters: ClassVar[Mapping[str, str]] = {"buckets": "b"}

    buckets: int | Int | Choice = static()
    min_n: int = static(3)
    max_n: int = static(5)
    per_token: int = static(10)

    def __post_init__(self) -> None:
        check_field(self.buckets, "buckets")
        _check_plain(self.min_n, "min_n", LONGEST)
        _check_plain(self.max_n, "max_n", LONGEST)
        _check_plain(self.per_token, "per_token", MOST_PER_TOKEN)
        if self.max_n < self.min_n:
            raise NetworkError(
                "the longest n-grams are no shorter than the shortest",
                expected=f"max_n of at least {self.min_n}",
                received=self.max_n,
            )

    def out_shape(self, *shapes: Shape) -> Shape:
        return (self.per_token * _tokens(self, self.per_token, shapes[0]),)

    def multiply_adds(self, *shapes: Shape) -> int:
        return 0

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        x = _whole(self, inputs[0])[:, _tokens(self, self.per_token, inputs[0].shape[1:]) :]
        buckets = jnp.uint32(whole_number(self.buckets, "buckets"))
        bucket = (mixed(x.astype(jnp.uint32)) % buckets).astype(x.dtype)
        return jnp.where(jnp.equal(x, 0), jnp.zeros((), x.dtype), bucket + jnp.ones((), x.dtype))


@dataclass(frozen=True, eq=False)
class Tokens(Layer):
    r"""The tokens of a text's row, without its character n-grams: :math:`h_t = x_t` for t up to L.

    x of shape (batch, (1 + r) L), as it is where a `CharacterNGrams` is in the network; h of
    shape (batch, L).

    Args:
        per_token: r, as that of the `CharacterNGrams`.

    Raises:
        NetworkError: a field that is no whole number, an input that is no row of (1 + r) L.

    Source: as of `CharacterNGrams`: Bojanowski, Grave, Joulin, Mikolov, "Enriching word vectors
    with subword information", TACL 5 (2017).
    """

    kind: ClassVar[str] = "tokens"
    formula: ClassVar[str] = r"@h[t] = @x[t], \quad t = 1, \dots, L"

    per_token: int = static(10)

    def __post_init__(self) -> None:
        _check_plain(self.per_token, "per_token", MOST_PER_TOKEN)

    def out_shape(self, *shapes: Shape) -> Shape:
        return (_tokens(self, self.per_token, shapes[0]),)

    def multiply_adds(self, *shapes: Shape) -> int:
        return 0

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        return _whole(self, inputs[0])[:, : _tokens(self, self.per_token, inputs[0].shape[1:])]


def _check_plain(value: Any, what: str, most: int) -> None:
    """Refuse what is no whole number from 1 to ``most``, a range too."""
    if is_range(value):
        raise NetworkError(
            f"{what} decides how texts are read, before anything is trained",
            expected="a number",
            received="a range",
        )
    if whole_number(value, what) > most:
        raise NetworkError(
            f"{what} is a small number", expected=f"at most {most}", received=short(value)
        )


def _tokens(layer: Layer, per_token: int, shape: Shape) -> int:
    """L, from the length of a row."""
    if len(shape) != 1 or shape[0] % (1 + per_token):
        raise NetworkError(
            f"a {type(layer).__name__} layer takes rows of tokens with {per_token} character "
            "n-grams for each",
            expected=f"shape (length,), a multiple of {1 + per_token}",
            received=f"shape {shape}",
        )
    return shape[0] // (1 + per_token)


def _whole(layer: Layer, x: Array) -> Array:
    if not jnp.issubdtype(x.dtype, jnp.integer):
        raise NetworkError(
            f"a {type(layer).__name__} layer takes whole numbers",
            expected="a text's row, straight from the network's input",
            received=f"numbers of type {x.dtype}",
        )
    return x
