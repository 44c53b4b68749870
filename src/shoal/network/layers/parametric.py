"""An activation that each unit has as much of as it learns to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import Context, Layer, ParamSpec, Shape, short
from shoal.network.layers.activations import Activation
from shoal.network.layers.activations.activation import over
from shoal.network.real_fields import check_real
from shoal.space import Choice, Float, Int, host, static

MOST_INITIAL = 1e3


@dataclass(frozen=True, eq=False)
class Parametric(Layer):
    r"""An activation f of which each unit learns its share: :math:`h = x + \alpha (f(x) - x)`.

    x and h of shape (batch, …, C), α of shape (C,), not decayed: with 1 a unit has the
    activation, with 0 it is linear, and beyond both it goes. ``Parametric(relu, 0.75)``
    is the parametric rectifier, PReLU, whose slope below zero is 1 - α = 0.25 at first.

    Args:
        activation: f.
        initial: α at first.

    Raises:
        NetworkError: no activation, an initial value that is no number.

    Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015, for PReLU;
    Holzmüller, Grinsztajn, Steinwart, "Better by default: strong pre-tuned MLPs and
    boosted trees on tabular data", NeurIPS 2024, for any activation.
    """

    kind: ClassVar[str] = "parametric"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h = @x + @alpha \odot (@activation(@x) - @x)"
    letters: ClassVar[Mapping[str, str]] = {"activation": "f"}

    activation: Activation | Choice = static()
    initial: float | Float | Int | Choice = host(1.0)

    def __post_init__(self) -> None:
        _check_activation(self.activation)
        check_real(self.initial, "initial", low=-MOST_INITIAL, high=MOST_INITIAL)

    def told(self, name: str) -> Any:
        value = super().told(name)
        return value.describe().removesuffix("()") if isinstance(value, Activation) else value

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        return {"alpha": ParamSpec(shapes[0][-1:], ("out",), decays=False)}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        initial = np.float32(self.initial)  # type: ignore[arg-type]  # bound
        return {"alpha": np.full(shapes[0][-1], initial)}

    def multiply_adds(self, *shapes: Shape) -> int:
        return prod(shapes[0])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        if isinstance(self.activation, Choice):
            raise NetworkError("an activation is chosen before the network is computed")
        # The activation itself silences masked units, so that their share learns nothing.
        active = self.activation.apply({}, x, context=context)
        return x + over(params["alpha"], x) * (active - x)


def _check_activation(value: Any) -> None:
    """Raise NetworkError unless it is an activation, or a choice among activations."""
    if isinstance(value, Choice):
        for option in value.options:
            _check_activation(option)
    elif not isinstance(value, Activation):
        raise NetworkError(
            "what becomes parametric is an activation",
            expected="for example Parametric(selu)",
            received=f"{type(value).__name__} {short(value)}",
        )
