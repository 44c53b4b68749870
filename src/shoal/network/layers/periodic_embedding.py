"""Embedding of numbers by waves of learned frequencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.network.layer import Context, ParamSpec, Shape, whole_number
from shoal.network.layers.periodic import WaveEmbedding, linear, wave_specs
from shoal.network.layers.turns import cosine, sine


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
