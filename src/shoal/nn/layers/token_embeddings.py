"""Embeddings of tokens, and bags of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.nn.layer import (
    LARGEST,
    Context,
    Layer,
    ParamSpec,
    Shape,
    check_field,
    check_real,
    whole_number,
)
from shoal.space import Choice, Float, Int, host, static, width


def _check_padding(padding: Any) -> None:
    """Check a padding token, or every value of the range that stands there."""
    if isinstance(padding, Choice):
        for option in padding.options:
            _check_padding(option)
    elif padding is not None:
        check_field(padding, "padding", least=0)


@dataclass(frozen=True, eq=False)
class Embedding(Layer):
    r"""A vector for each token: :math:`h_t = W_{x_t}`, and zero for padding.

    x of shape (batch, length), whole numbers from 0 to vocabulary - 1; W of
    shape (vocabulary, features); h of shape (batch, length, features). It
    stands where the tokens are: on the network's input. The padding token fills
    short examples up: its vector is zero and stays so, for no gradient reaches
    it. Vectors of tokens that a batch does not hold have no gradient from it
    either. A token outside the vocabulary is a mistake of whoever made the
    tokens and gives NaN, not another token's vector.

    Args:
        vocabulary: number of tokens, padding included.
        features: length of a vector; may be a range, lanes then mask.
        padding: the token that fills up; None if there is none.
        deviation: standard deviation of the initial vectors, normally distributed.

    Raises:
        NetworkError: a field that is no whole number, padding outside the
            vocabulary, an input that is no row of whole numbers.

    Source: Bengio et al., "A neural probabilistic language model", JMLR 3 (2003).
    """

    kind: ClassVar[str] = "embedding"
    formula: ClassVar[str] = r"@h[t] = @weight[@x[t]], \quad 0 \text{ where } @x[t] = @padding"
    letters: ClassVar[Mapping[str, str]] = {"padding": "p"}

    vocabulary: int | Int | Choice = static()
    features: int | Int | Choice = width()
    padding: int | Int | Choice | None = static(0)
    deviation: float | Float | Int | Choice = host(0.1)

    def __post_init__(self) -> None:
        check_field(self.vocabulary, "vocabulary")
        check_field(self.features, "features")
        _check_padding(self.padding)
        check_real(self.deviation, "deviation", low=0.0, high=1e3)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if len(shape) != 1:
            raise NetworkError(
                "an Embedding takes rows of tokens",
                expected="shape (length,)",
                received=f"shape {shape}",
            )
        self._padding()
        return (*shape, whole_number(self.features, "features"))

    def _padding(self) -> int | None:
        """The padding token, one of the vocabulary."""
        if self.padding is None:
            return None
        token = whole_number(self.padding, "padding", least=0)
        if token >= whole_number(self.vocabulary, "vocabulary"):
            raise NetworkError(
                "the padding is a token of the vocabulary",
                expected=f"below {self.vocabulary}",
                received=token,
            )
        return token

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        size = self.out_shape(*shapes)[-1]
        tokens = whole_number(self.vocabulary, "vocabulary")
        return {"weight": ParamSpec((tokens, size), (None, "out"))}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        shape = self.param_specs(*shapes)["weight"].shape
        deviation = np.float32(self.deviation)  # type: ignore[arg-type]  # bound
        weight = rng.standard_normal(shape, dtype=np.float32) * deviation
        if (padding := self._padding()) is not None:
            weight[padding] = 0.0
        return {"weight": weight}

    def multiply_adds(self, *shapes: Shape) -> int:
        return 0

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        tokens, weight = inputs[0], jnp.asarray(params["weight"])
        if not jnp.issubdtype(tokens.dtype, jnp.integer):
            raise NetworkError(
                "an Embedding takes whole numbers",
                expected="tokens, straight from the network's input",
                received=f"numbers of type {tokens.dtype}",
            )
        h = weight.at[tokens].get(mode="fill", fill_value=jnp.nan, wrap_negative_indices=False)
        if (padding := self._padding()) is None:
            return h
        # A select and not a product: what stands in the padding's row is never read.
        kept = jnp.broadcast_to((tokens != padding)[..., None], h.shape)
        return jnp.where(kept, h, jnp.zeros((), h.dtype))

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, Embedding)
        widest = whole_number(self.features, "features")
        return np.arange(widest) < whole_number(bound.features, "features")


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
