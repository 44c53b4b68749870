"""What embeddings of numbers by waves have in common: their fields and their linear layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.network.layer import ParamSpec, Shape, check_field, whole_number
from shoal.network.layers.number_embedding import NumberEmbedding, check_numeric
from shoal.network.real_fields import check_real
from shoal.space import Choice, Float, Int, host, static, width


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
