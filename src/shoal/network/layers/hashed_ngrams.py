"""Tokens, and behind them a number for each run of neighboring ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import LARGEST, Context, Layer, Shape, check_field, whole_number
from shoal.space import Choice, Int, static


@dataclass(frozen=True, eq=False)
class HashedNGrams(Layer):
    r"""Tokens, and a number for each run of 2, …, n of them: :math:`h = [x, V + \mathrm{hash}_b]`.

    x of shape (batch, length), tokens below V, the vocabulary; h whole numbers of shape
    (batch, length + (length - 1) + … + (length - n + 1)) below V + b; no run is longer than
    the row. A run's number is a hash of
    its tokens, from V to V + b - 1: the b buckets stand for runs without a list of them. Runs
    that meet in a bucket are taken for one. A run with padding in it is padding. An
    `EmbeddingBag` of V + b vectors goes behind it: pairs of words say what words
    alone do not, such as "not good". The hash is of 32-bit words, the same everywhere.

    Args:
        vocabulary: V, number of tokens, padding included.
        buckets: b.
        n: tokens of the longest runs, at least 2.
        padding: the token that fills up.

    Raises:
        NetworkError: a field that is no whole number or too large, an input that is no row
            of whole numbers.

    Source: Joulin, Grave, Bojanowski, Mikolov, "Bag of tricks for efficient text
    classification", EACL 2017; the hash mixes as C. Wellons' hash-prospector found it.
    """

    kind: ClassVar[str] = "hashed_ngrams"
    formula: ClassVar[str] = (
        r"@h = [@x,\ @vocabulary + \operatorname{hash}_{@buckets}(@x[t], \dots, @x[t + k - 1])], "
        r"\quad k = 2, \dots, @n"
    )
    letters: ClassVar[Mapping[str, str]] = {
        "vocabulary": "V", "buckets": "b", "n": "n", "padding": "p",
    }  # fmt: skip

    vocabulary: int | Int | Choice = static()
    buckets: int | Int | Choice = static()
    n: int | Int | Choice = static(2)
    padding: int | Int | Choice = static(0)

    def __post_init__(self) -> None:
        check_field(self.vocabulary, "vocabulary")
        check_field(self.buckets, "buckets")
        check_field(self.n, "n", least=2)
        check_field(self.padding, "padding", least=0)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        n, tokens = whole_number(self.n, "n", least=2), self._tokens()
        if len(shape) != 1:
            raise NetworkError(
                "runs are of rows of tokens",
                expected="shape (length,)",
                received=f"shape {shape}",
            )
        if tokens > LARGEST:
            raise NetworkError(
                "tokens and buckets are numbered together",
                expected=f"at most {LARGEST}",
                received=tokens,
            )
        return (sum(max(shape[0] - k, 0) for k in range(n)),)

    def _tokens(self) -> int:
        """Number of different numbers that come out."""
        return whole_number(self.vocabulary, "vocabulary") + whole_number(self.buckets, "buckets")

    def multiply_adds(self, *shapes: Shape) -> int:
        return 0

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise NetworkError(
                "runs are of whole numbers",
                expected="tokens, straight from the network's input",
                received=f"numbers of type {x.dtype}",
            )
        first = whole_number(self.vocabulary, "vocabulary")
        buckets = jnp.uint32(whole_number(self.buckets, "buckets"))
        token = x.astype(jnp.uint32)
        present = jnp.not_equal(x, jnp.asarray(self.padding, x.dtype))
        run, whole = token, present
        parts = [x]
        for k in range(1, min(whole_number(self.n, "n", least=2), x.shape[1])):
            run = mixed(run[:, :-1] * jnp.uint32(0x9E3779B1) + token[:, k:])
            whole = whole[:, :-1] & present[:, k:]
            number = (run % buckets).astype(x.dtype) + jnp.asarray(first, x.dtype)
            parts.append(jnp.where(whole, number, jnp.asarray(self.padding, x.dtype)))
        return jnp.concatenate(parts, axis=1)


def mixed(h: Array) -> Array:
    """32-bit words whose bits depend on all bits of the given ones."""
    h = (h ^ (h >> 16)) * jnp.uint32(0x7FEB352D)
    h = (h ^ (h >> 15)) * jnp.uint32(0x846CA68B)
    return h ^ (h >> 16)
