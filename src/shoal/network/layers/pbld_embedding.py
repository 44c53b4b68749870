"""Embedding of numbers by waves, beside which the numbers themselves pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.network.layer import Context, ParamSpec, Shape, whole_number
from shoal.network.layers.periodic import WaveEmbedding, linear, wave_specs
from shoal.network.layers.turns import cosine


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
