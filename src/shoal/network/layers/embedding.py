"""Embedding of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.network.real_fields import check_real
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
