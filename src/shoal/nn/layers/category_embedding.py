"""Embedding of a table's categories."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Self

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.nn.layer import (
    Context,
    Layer,
    ParamSpec,
    Shape,
    check_field,
    check_real,
    short,
    whole_number,
)
from shoal.nn.layers.activations.activation import over
from shoal.space import Choice, Float, Int, host, static, width

LARGEST_VECTOR = 8
"""Numbers of a vector at most, unless more are asked for: as many as RealMLP has."""


@dataclass(frozen=True, eq=False)
class CategoryEmbedding(Layer):
    r"""A vector for each category of columns with many; columns with few stay one-hot.

    .. math:: h_c = W_c\, x_c \ \text{ if } K_c > K, \quad \text{else } x_c, \qquad
        d_c = \min\bigl(d,\ \operatorname{round}(1.6\, K_c^{0.56})\bigr)

    x of shape (batch, features); its last features are the one-hot ones of the columns of
    categories, :math:`K_c` of column c, and what stands before them passes as it is. A vector
    has :math:`d_c` numbers, and they stand where the column's features were. So a column of
    a thousand categories is 8 inputs of the next layer instead of a thousand. A value that
    is none of the categories is the vector 0.

    Args:
        features: d, numbers of a vector at most; may be a range, lanes then mask.
        one_hot: K: columns of at most K features stay as they are.
        deviation: standard deviation of the initial vectors, normally distributed.
        categories: how many of the last features each column has; None: told by a table's
            data, where only embeddings of its numbers and scales stand before the layer; else
            there are no categories.

    Raises:
        NetworkError: a field that is no whole number, more features of categories than
            there are, an input that is not flat.

    Source: Guo, Berkhahn, "Entity embeddings of categorical variables", 2016; d = 8 is that
    of Holzmüller, Grinsztajn, Steinwart, "Better by default", NeurIPS 2024, and the rule for
    columns of fewer that of the library fastai (Howard, Gugger, 2020), which has d = 600.
    """

    kind: ClassVar[str] = "category_embedding"
    formula: ClassVar[str] = (
        r"@h[c] = @weight[c] @x[c] \text{ where } K_c > @one_hot, \text{ else } @x[c]"
    )
    letters: ClassVar[Mapping[str, str]] = {"features": "d", "one_hot": "K"}

    features: int | Int | Choice = width(LARGEST_VECTOR)
    one_hot: int | Int | Choice = static(64)
    deviation: float | Float | Int | Choice = host(0.1)
    categories: tuple[int, ...] | None = static(None)

    def __post_init__(self) -> None:
        check_field(self.features, "features")
        check_field(self.one_hot, "one_hot", least=0)
        check_real(self.deviation, "deviation", low=0.0, high=1e3)
        if self.categories is not None:
            counts = tuple(self.categories) if isinstance(self.categories, list | tuple) else (0,)
            for count in counts:
                check_field(count, "categories")
            object.__setattr__(self, "categories", tuple(map(int, counts)))

    def with_features(self, numeric: int | None, categories: Sequence[int]) -> Self:
        if self.categories is not None or not categories:
            return self
        return dataclasses.replace(self, categories=tuple(categories))

    def vector(self, count: int) -> int | None:
        """Length of the vectors of a column, by its number of features; None where it has none."""
        if count <= whole_number(self.one_hot, "one_hot", least=0):
            return None
        return min(whole_number(self.features, "features"), usual_size(count))

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if len(shape) != 1:
            raise NetworkError(
                "CategoryEmbedding takes flat features",
                expected="shape (features,)",
                received=f"shape {shape}",
                hint="Put Flatten() before it.",
            )
        counts = self.categories or ()
        if sum(counts) > shape[0]:
            raise NetworkError(
                "the features of categories are the last ones of the input",
                expected=f"at most {shape[0]}",
                received=short(sum(counts)),
            )
        return (shape[0] + sum((self.vector(n) or n) - n for n in counts),)

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        self.out_shape(*shapes)
        counts, specs = self.categories or (), dict[str, ParamSpec]()
        start = shapes[0][0] - sum(counts)
        for c, count in enumerate(counts):
            size = self.vector(count)
            if size is not None:
                specs[f"weight_{c + 1}"] = ParamSpec((count, size), (None, "out"), offset=start)
            start += count if size is None else size
        return specs

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        deviation = np.float32(self.deviation)  # type: ignore[arg-type]  # bound
        specs = self.param_specs(*shapes).items()
        return {
            name: rng.standard_normal(spec.shape, dtype=np.float32) * deviation
            for name, spec in specs
        }

    def multiply_adds(self, *shapes: Shape) -> int:
        return sum(spec.shape[1] for spec in self.param_specs(*shapes).values())

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        counts = self.categories or ()
        starts = np.cumsum([x.shape[1] - sum(counts), *counts]).tolist()
        parts = [x[:, : starts[0]]]
        for c, (start, end) in enumerate(pairwise(starts)):
            own = x[:, start:end]
            weight = params.get(f"weight_{c + 1}")
            parts.append(own if weight is None else _looked_up(weight, own))
        h = jnp.concatenate(parts, axis=1)
        # What a lane does not have is zero by its weights; so that no gradient comes back either.
        return h if context.mask is None else h * over(context.mask, h)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, CategoryEmbedding)
        counts = self.categories or ()
        parts = [masks[0][: shape[0] - sum(counts)]]
        for count in counts:
            widest, own = self.vector(count), bound.vector(count)
            # A column's own features are in every network of a family.
            parts.append(np.arange(widest or count) < (own or count))
        return np.concatenate(parts)


def usual_size(count: int) -> int:
    """Length of a vector for a column of n categories: round(1.6 n^0.56), at least 1."""
    return max(round(1.6 * math.pow(count, 0.56)), 1)


def _looked_up(weight: Array, one_hot: Array) -> Array:
    """The row of the weights where the one stands, times it; zero where there is none."""
    place = jnp.argmax(one_hot, axis=1)
    there = jnp.max(one_hot, axis=1)
    return jnp.asarray(weight)[place] * there[:, None]
