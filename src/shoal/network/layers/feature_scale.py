"""A learned scale for each feature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
from jax import Array

from shoal.network.layer import Context, Layer, ParamSpec, Shape
from shoal.network.layers.activations.activation import over


@dataclass(frozen=True, eq=False)
class FeatureScale(Layer):
    r"""Each feature times a number of its own that is learned: :math:`h = \gamma \odot x`.

    x and h of shape (batch, …, C), γ of shape (C,), 1 at first; it does not decay. Put
    before the first dense layer of a network on a table, it lets the optimizer weigh the
    columns: features that tell nothing fade, and all weights of one move together.

    Source: Holzmüller, Grinsztajn, Steinwart, "Better by default: strong pre-tuned MLPs
    and boosted trees on tabular data", NeurIPS 2024 (scaling layer).
    """

    kind: ClassVar[str] = "feature_scale"
    by_member: ClassVar[bool] = True
    keeps_features: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h = @scale \odot @x"

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        return {"scale": ParamSpec(shapes[0][-1:], ("out",), decays=False)}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        return {"scale": np.ones(shapes[0][-1], np.float32)}

    def multiply_adds(self, *shapes: Shape) -> int:
        return prod(shapes[0])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        # A masked feature has the scale 0, and takes no gradient: it is 0 itself.
        return inputs[0] * over(params["scale"], inputs[0])
