"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels import dense
from shoal.network.initialization import check_initialization, uniform
from shoal.network.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.network.layers.bias import bias_spec, check_bias, first_bias
from shoal.space import Choice, Int, host, static, width


@dataclass(frozen=True, eq=False)
class Dense(Layer):
    r"""Every output from every input: :math:`h = x W + b`.

    x of shape (batch, K), W of shape (K, units), b of shape (units,), h of
    shape (batch, units). In a row, of shape (batch, length, K), every place has its
    outputs by the same W and b; so have all members of an ensemble (see `Members`).

    Args:
        units: number of outputs; may be a range, lanes then mask.
        initialization: of W: ``glorot`` (default), ``he``, ``lecun`` or ``zeros``; b
            starts at zero.
        bias: whether there is a b; a layer before a `BatchNorm` needs none, which
            takes any constant away again.

    Raises:
        NetworkError: units below 1, an unknown initialization, or an input that
            is neither flat nor a row.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), chapter 6.
    """

    kind: ClassVar[str] = "dense"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h = @x\, @weight@?bias{ + @bias}"

    units: int | Int | Choice = width()
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)

    def __post_init__(self) -> None:
        check_field(self.units, "units")
        check_initialization(self.initialization)
        check_bias(self.bias)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if len(shape) > 2:
            raise NetworkError(
                "a Dense layer takes flat features",
                expected="shape (features,)",
                received=f"shape {shape}",
                hint="Put Flatten() before it.",
            )
        return (*shape[:-1], whole_number(self.units, "units"))

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        out = self.out_shape(*shapes)[-1]
        return {
            "weight": ParamSpec((shapes[0][-1], out), ("in", "out")),
            **bias_spec(self.bias, out),
        }

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        fan_in, fan_out = shapes[0][-1], self.out_shape(*shapes)[-1]
        scheme = str(self.initialization)
        return {
            "weight": uniform(rng, (fan_in, fan_out), fan_in, fan_out, scheme),
            **first_bias(self.bias, fan_out),
        }

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        h = dense(
            x.reshape(-1, x.shape[-1]),
            params["weight"],
            params.get("bias"),
            active_in=context.active_in,
            active_out=context.active_out,
        )
        return h.reshape(*x.shape[:-1], -1)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, Dense)
        return np.arange(whole_number(self.units, "units")) < whole_number(bound.units, "units")
