r"""Embeddings of a table's numbers by waves.

The waves are cosine and sine of whole turns: :math:`\cos 2 \pi t` and :math:`\sin 2 \pi t`.
XLA's own functions are right for every angle and take several times as long on a CPU. Here t is
brought to [-1/2, 1/2], which loses nothing, and a polynomial in t² gives the value within 10⁻⁶
of the true one. Its coefficients interpolate at the Chebyshev nodes of [0, 1/4].
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any, ClassVar, Self

import jax
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
    short,
    whole_number,
)
from shoal.nn.layers.activations.activation import over
from shoal.space import Choice, Float, Int, host, static, width

COSINE = (
    0.9999999890590219, -19.739204499453862, 64.93911745989399, -85.45013953085638,
    60.16763095072712, -25.967599247625188, 6.528658160125787,
)  # fmt: skip

SINE = (
    6.283185302511503, -41.341700405317454, 81.6051313857948, -76.70301535384337,
    42.025926985998225, -14.89984666910061, 3.238137512322393,
)  # fmt: skip


@jax.custom_jvp
def cosine(turns: Array) -> Array:
    r""":math:`\cos 2 \pi t`, of float32 numbers of any shape."""
    t = turns - jnp.round(turns)
    return _polynomial(COSINE, t * t)


@jax.custom_jvp
def sine(turns: Array) -> Array:
    r""":math:`\sin 2 \pi t`, of float32 numbers of any shape."""
    t = turns - jnp.round(turns)
    return t * _polynomial(SINE, t * t)


@cosine.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return cosine(*primals), -2.0 * pi * sine(*primals) * tangents[0]


@sine.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return sine(*primals), 2.0 * pi * cosine(*primals) * tangents[0]


def _polynomial(coefficients: Sequence[float], u: Array) -> Array:
    value = jnp.full_like(u, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = value * u + coefficient
    return value


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


@dataclass(frozen=True, eq=False)
class WaveEmbedding(NumberEmbedding):
    """Some numbers for each of the first features, from waves whose frequencies are learned."""

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
        check_numeric(self.numeric)

    def sizes(self, shapes: tuple[Shape, ...]) -> tuple[int, int, int]:
        """Embedded features, frequencies of each, numbers learned from each."""
        self.out_shape(*shapes)
        count, waves = self.embedded(shapes[0][0]), whole_number(self.frequencies, "frequencies")
        return count, waves, self.learned

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        """Frequencies normally distributed, weights and biases uniform by the number of waves."""
        specs, drawn = self.param_specs(*shapes), dict[str, np.ndarray]()
        deviation: Any = self.deviation  # bound
        for name, spec in specs.items():
            limit = np.float32(1.0 / np.sqrt(specs["weight"].shape[1]))
            if name == "frequency":
                normal = rng.standard_normal(spec.shape, dtype=np.float32)
                drawn[name] = normal * np.float32(deviation)
            elif name == "phase":
                drawn[name] = rng.random(spec.shape, dtype=np.float32) - np.float32(0.5)
            else:
                drawn[name] = (rng.random(spec.shape, dtype=np.float32) * 2.0 - 1.0) * limit
        return drawn

    def multiply_adds(self, *shapes: Shape) -> int:
        specs = self.param_specs(*shapes)
        return sum(int(np.prod(specs[n].shape)) for n in ("frequency", "weight") if n in specs)


def wave_specs(count: int, inner: int, waves: int, outputs: int) -> dict[str, ParamSpec]:
    """Frequencies of each feature, and a linear layer of each from its waves.

    Args:
        count: number of features.
        inner: of waves, that the linear layer takes.
        waves: number of frequencies.
        outputs: of the linear layer.
    """
    if not count:
        return {}
    return {
        "frequency": ParamSpec((count, waves), ("in", None), decays=False),
        "weight": ParamSpec((count, inner, outputs), ("in", None, "out")),
        "bias": ParamSpec((count, outputs), ("in", "out"), decays=False),
    }


def linear(waves: Array, params: Mapping[str, Array]) -> Array:
    """The linear layer of each feature: waves of shape (batch, features, waves)."""
    h = jnp.einsum("bnf,nfo->bno", waves, params["weight"], precision=jax.lax.Precision.HIGHEST)
    return h + params["bias"][None]


@dataclass(frozen=True, eq=False)
class PeriodicEmbedding(WaveEmbedding):
    r"""Several numbers for each number of a table, of waves that are learned ("PLR").

    .. math:: h_j = \max\bigl(0,\; [\cos 2\pi \omega_j x_j,\, \sin 2\pi \omega_j x_j]\, W_j
        + b_j\bigr), \qquad j = 1, \dots, n

    x of shape (batch, features); for each of the first n features, ω_j of shape (K,),
    W_j (2 K, features), b_j (features,); h holds all h_j one after another, and behind
    them x from feature n on as it is. So targets that change fast with a number of the
    table are learned as easily as slow ones. σ decides how fast, and is worth a range.
    Frequencies and biases do not decay.

    Args:
        frequencies: K, waves of each feature.
        features: numbers that come out for each; may be a range, lanes then mask.
        deviation: σ, standard deviation of the initial frequencies, which are normally
            distributed; a wave of frequency 1 has the length 1 on the axis of x.
        numeric: n, how many of the input's features are embedded, the first ones; None:
            those that are numbers where the layer stands on a table's inputs, else all.

    Raises:
        NetworkError: a field that is no whole number, more numeric features than there
            are, an input that is not flat.

    Source: Gorishniy, Rubachev, Babenko, "On embeddings for numerical features in
    tabular deep learning", NeurIPS 2022, section 3.3.
    """

    kind: ClassVar[str] = "periodic_embedding"
    formula: ClassVar[str] = (
        r"@h[j] = \max(0, [\cos(2 \pi\, @frequency[j] @x[j]),\ "
        r"\sin(2 \pi\, @frequency[j] @x[j])]\, @weight[j] + @bias[j]) "
        r"\quad (@numeric \text{ features, } @frequencies \text{ waves each})"
    )

    @property
    def learned(self) -> int:
        return whole_number(self.features, "features")

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        count, waves, outputs = self.sizes(shapes)
        return wave_specs(count, 2 * waves, waves, outputs)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not params:
            return x
        numbers = x[:, : params["frequency"].shape[0], None]
        periods = numbers * params["frequency"][None]
        waves = jnp.concatenate([cosine(periods), sine(periods)], axis=-1)
        return self.joined(jax.nn.relu(linear(waves, params)), x, context)


@dataclass(frozen=True, eq=False)
class PBLDEmbedding(WaveEmbedding):
    r"""Each number of a table, and several more of waves: periodic, bias, linear, densely linked.

    .. math:: h_j = \bigl[\cos\bigl(2\pi (\omega_j x_j + \varphi_j)\bigr)\, W_j + b_j,\;
        x_j\bigr], \qquad j = 1, \dots, n

    x of shape (batch, features); for each of the first n features, ω_j and φ_j of shape
    (K,), W_j (K, features - 1), b_j (features - 1,). h holds what is computed of all
    features one after another, and behind it the whole x as it is: the number itself
    is one of the ``features`` that come out for each. Where no wave helps, a network
    keeps what it had. Frequencies, phases and biases do not decay.

    Args:
        frequencies: K, waves of each feature.
        features: numbers that come out for each, itself included, at least 2; may be a
            range, lanes then mask.
        deviation: σ, standard deviation of the initial frequencies, which are normally
            distributed; phases are uniform over a period.
        numeric: n, how many of the input's features are embedded, the first ones; None:
            those that are numbers where the layer stands on a table's inputs, else all.

    Raises:
        NetworkError: a field that is no whole number, more numeric features than there
            are, an input that is not flat.

    Source: Holzmüller, Grinsztajn, Steinwart, "Better by default: strong pre-tuned MLPs
    and boosted trees on tabular data", NeurIPS 2024.
    """

    kind: ClassVar[str] = "pbld_embedding"
    formula: ClassVar[str] = (
        r"@h[j] = [\cos(2 \pi (@frequency[j] @x[j] + @phase[j]))\, @weight[j] + @bias[j],\ "
        r"@x[j]] \quad (@numeric \text{ features, } @frequencies \text{ waves each})"
    )
    least_features: ClassVar[int] = 2

    @property
    def learned(self) -> int:
        return whole_number(self.features, "features", least=2) - 1

    def passing(self, embedded: int) -> int:
        return 0

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        count, waves, outputs = self.sizes(shapes)
        specs = wave_specs(count, waves, waves, outputs)
        return {**specs, "phase": specs["frequency"]} if specs else {}

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if not params:
            return x
        numbers = x[:, : params["frequency"].shape[0], None]
        periods = numbers * params["frequency"][None] + params["phase"][None]
        return self.joined(linear(cosine(periods), params), x, context)
