"""A dense layer for each member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import ClassVar

import jax
import numpy as np
from jax import Array

from shoal.kernels import dense
from shoal.network.initialization import check_initialization, uniform
from shoal.network.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.network.layers.activations.activation import over
from shoal.network.layers.bias import check_bias
from shoal.network.layers.members import member_shape
from shoal.space import Choice, Int, host, static, width


@dataclass(frozen=True, eq=False)
class MemberDense(Layer):
    r"""Every output from every input, for each member by weights of its own.

    .. math:: h_m = x_m W_m + b_m

    x of shape (batch, k, d), W of shape (k, d, units), b of shape (k, units), h of shape
    (batch, k, units). Members share nothing here: these are the heads of an ensemble whose
    other layers share their weights.

    Args:
        units: number of outputs of each member; may be a range, lanes then mask.
        initialization: of W, as of `Dense`, by the features of one member; b starts at
            zero.
        bias: whether there is a b.

    Raises:
        NetworkError: units below 1, an unknown initialization, or an input without an
            axis of members.

    Source: Gorishniy, Kotelnikov, Babenko, "TabM: advancing tabular deep learning with
    parameter-efficient ensembling", ICLR 2025 (prediction heads).
    """

    kind: ClassVar[str] = "member_dense"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h[m] = @x[m]\, @weight[m]@?bias{ + @bias[m]}"

    units: int | Int | Choice = width()
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)

    def __post_init__(self) -> None:
        check_field(self.units, "units")
        check_initialization(self.initialization)
        check_bias(self.bias)

    def out_shape(self, *shapes: Shape) -> Shape:
        members, _ = member_shape(shapes[0], "MemberDense")
        return members, whole_number(self.units, "units")

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        members, units = self.out_shape(*shapes)
        specs = {"weight": ParamSpec((members, shapes[0][1], units), ("member", "in", "out"))}
        if self.bias:
            specs["bias"] = ParamSpec((members, units), ("member", "out"), decays=False)
        return specs

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        specs = self.param_specs(*shapes)
        _, fan_in, fan_out = shape = specs["weight"].shape
        drawn = {"weight": uniform(rng, shape, fan_in, fan_out, str(self.initialization))}
        if self.bias:
            drawn["bias"] = np.zeros(specs["bias"].shape, np.float32)
        return drawn

    def multiply_adds(self, *shapes: Shape) -> int:
        return sum(prod(spec.shape) for spec in self.param_specs(*shapes).values())

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        one = partial(dense, active_in=context.active_in, active_out=context.active_out)
        h = jax.vmap(one, in_axes=(1, 0), out_axes=1)(x, params["weight"])
        return h + over(params["bias"][None], h) if self.bias else h

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, MemberDense)
        return np.arange(whole_number(self.units, "units")) < whole_number(bound.units, "units")
