"""What embeddings of a table's numbers have in common: which features, and where they go."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import LARGEST, Context, Layer, Shape, check_field, short, whole_number
from shoal.network.layers.activations.activation import over
from shoal.space import Choice, Int


class NumberEmbedding(Layer):
    """Some numbers for each of the first features; what stands behind them passes as it is.

    The layout of the output is that of the input: first the ``learned`` numbers of each
    embedded feature, feature by feature, then the features of the input from `passing` on.
    """

    keeps_categories: ClassVar[bool] = True

    numeric: int | Int | Choice | None
    """How many of the input's features are embedded, a field of every kind."""

    @property
    @abstractmethod
    def learned(self) -> int:
        """How many numbers are computed from each embedded feature."""

    def passing(self, embedded: int) -> int:
        """Where in the input the features begin that pass as they are."""
        return embedded

    def with_features(self, numeric: int | None, categories: Sequence[int]) -> Self:
        if self.numeric is not None or numeric is None:
            return self
        return dataclasses.replace(self, numeric=numeric)  # type: ignore[call-arg]  # a field

    def told(self, name: str) -> Any:
        value = super().told(name)
        return "all" if name == "numeric" and value is None else value

    def embedded(self, size: int) -> int:
        """How many of the input's features are embedded.

        Raises:
            NetworkError: more than there are.
        """
        if self.numeric is None:
            return size
        count = whole_number(self.numeric, "numeric", least=0)
        if count > size:
            raise NetworkError(
                "the numeric features are the first ones of the input",
                expected=f"at most {size}",
                received=short(count),
            )
        return count

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if len(shape) != 1:
            raise NetworkError(
                f"{type(self).__name__} takes flat features",
                expected="shape (features,)",
                received=f"shape {shape}",
                hint="Put Flatten() before it.",
            )
        count = self.embedded(shape[0])
        size = count * self.learned + shape[0] - self.passing(count)
        if size > LARGEST:
            raise NetworkError("an axis has less than 2^31 numbers", received=short(size))
        return (size,)

    def joined(self, learned: Array, x: Array, context: Context) -> Array:
        """The output: learned numbers of shape (batch, embedded, learned), and what passes."""
        rest = x[:, self.passing(learned.shape[1]) :]
        h = jnp.concatenate([learned.reshape(len(x), -1), rest], axis=1)
        # What a lane does not have is zero by its weights; so that no gradient comes back either.
        return h if context.mask is None else h * over(context.mask, h)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, NumberEmbedding)
        count = self.embedded(shape[0])
        own = masks[0][:count]
        if self.numeric is not None and not own.all():
            raise NetworkError(
                "the numeric features are the same in every network of a family",
                received=f"{count} of which some have only {int(own.sum())}",
                hint="Put the layer on features whose number is fixed, or leave numeric out.",
            )
        learned = np.arange(self.learned) < bound.learned
        embedded = (own[:, np.newaxis] & learned).reshape(-1)
        return np.concatenate([embedded, masks[0][self.passing(count) :]])


def check_numeric(numeric: Any) -> None:
    """Check a number of features, or every value of the range that stands there."""
    if isinstance(numeric, Choice):
        for option in numeric.options:
            check_numeric(option)
    elif numeric is not None:
        check_field(numeric, "numeric", least=0)
