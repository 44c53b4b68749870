"""What embeddings of numbers by waves have in common: which features, and where they go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import (
    LARGEST,
    Context,
    Layer,
    ParamSpec,
    Shape,
    check_field,
    short,
    whole_number,
)
from shoal.network.layers.activations.activation import over
from shoal.network.real_fields import check_real
from shoal.space import Choice, Float, Int, host, static, width


@dataclass(frozen=True, eq=False)
class WaveEmbedding(Layer):
    """Some numbers for each of the first features; what stands behind them passes as it is.

    The layout of the output is that of the input: first the ``learned`` numbers of each
    embedded feature, feature by feature, then the features of the input from `passing` on.
    """

    letters: ClassVar[Mapping[str, str]] = {"numeric": "n", "frequencies": "K"}
    least_features: ClassVar[int] = 1

    frequencies: int | Int | Choice = static(16)
    features: int | Int | Choice = width(4)
    deviation: float | Float | Int | Choice = host(0.1)
    numeric: int | Int | Choice | None = static(None)

    def __post_init__(self) -> None:
        check_field(self.frequencies, "frequencies")
        check_field(self.features, "features", least=self.least_features)
        check_real(self.deviation, "deviation", low=0.0, high=1e3)
        _check_numeric(self.numeric)

    @abstractmethod
    def passing(self, embedded: int) -> int:
        """Where in the input the features begin that pass as they are."""

    @property
    @abstractmethod
    def learned(self) -> int:
        """How many numbers are computed from each embedded feature."""

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
        count = whole_number(self.numeric, "numeric")
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

    def sizes(self, shapes: tuple[Shape, ...]) -> tuple[int, int, int]:
        """Embedded features, frequencies of each, numbers learned from each."""
        self.out_shape(*shapes)
        count, waves = self.embedded(shapes[0][0]), whole_number(self.frequencies, "frequencies")
        return count, waves, self.learned

    def multiply_adds(self, *shapes: Shape) -> int:
        specs = self.param_specs(*shapes)
        return sum(int(np.prod(specs[name].shape)) for name in ("frequency", "weight"))

    def joined(self, learned: Array, x: Array, context: Context) -> Array:
        """The output: learned numbers of shape (batch, embedded, learned), and what passes."""
        rest = x[:, self.passing(learned.shape[1]) :]
        h = jnp.concatenate([learned.reshape(len(x), -1), rest], axis=1)
        # What a lane does not have is zero by its weights; so that no gradient comes back either.
        return h if context.mask is None else h * over(context.mask, h)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, WaveEmbedding)
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


def _check_numeric(numeric: Any) -> None:
    """Check a number of features, or every value of the range that stands there."""
    if isinstance(numeric, Choice):
        for option in numeric.options:
            _check_numeric(option)
    elif numeric is not None:
        check_field(numeric, "numeric")


def wave_specs(count: int, inner: int, waves: int, outputs: int) -> dict[str, ParamSpec]:
    """Frequencies of each feature, and a linear layer of each from its waves.

    Args:
        count: number of features.
        inner: of waves, that the linear layer takes.
        waves: number of frequencies.
        outputs: of the linear layer.
    """
    return {
        "frequency": ParamSpec((count, waves), ("in", None), decays=False),
        "weight": ParamSpec((count, inner, outputs), ("in", None, "out")),
        "bias": ParamSpec((count, outputs), ("in", "out"), decays=False),
    }


def first_waves(
    rng: np.random.Generator, specs: Mapping[str, ParamSpec], deviation: Any
) -> dict[str, np.ndarray]:
    """Frequencies normally distributed, weights and biases uniform by the number of waves."""
    drawn = {}
    limit = np.float32(1.0 / np.sqrt(specs["weight"].shape[1]))
    for name, spec in specs.items():
        if name == "frequency":
            normal = rng.standard_normal(spec.shape, dtype=np.float32)
            drawn[name] = normal * np.float32(deviation)
        elif name == "phase":
            drawn[name] = rng.random(spec.shape, dtype=np.float32) - np.float32(0.5)
        else:
            drawn[name] = (rng.random(spec.shape, dtype=np.float32) * 2.0 - 1.0) * limit
    return drawn


def linear(waves: Array, params: Mapping[str, Array]) -> Array:
    """The linear layer of each feature: waves of shape (batch, features, waves)."""
    h = jnp.einsum("bnf,nfo->bno", waves, params["weight"], precision=jax.lax.Precision.HIGHEST)
    return h + params["bias"][None]
