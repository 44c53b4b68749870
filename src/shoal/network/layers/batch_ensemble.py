"""A dense layer whose weight all members share, each with scales of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels import dense
from shoal.network.initialization import check_initialization, uniform
from shoal.network.layer import Context, Layer, ParamSpec, Shape, check_field, short, whole_number
from shoal.network.layers.activations.activation import over
from shoal.network.layers.bias import check_bias
from shoal.network.layers.members import member_shape
from shoal.space import Choice, Int, host, static, width


@dataclass(frozen=True, eq=False)
class BatchEnsemble(Layer):
    r"""Every output from every input, for each member by its own scales of one weight.

    .. math:: h_m = s_m \odot ((r_m \odot x_m) W) + b_m

    x of shape (batch, k, d), W of shape (d, units), r of shape (k, d), s and b of shape
    (k, units), h of shape (batch, k, units). A member's weight is :math:`r_m s_m^T \odot W`:
    members differ by a matrix of rank one and train one W, so that a product serves all
    of them. r and s start at 1, as in TabM, where members differ by `Members` at first; they
    do not decay.

    Args:
        units: number of outputs of each member; may be a range, lanes then mask.
        scale_in: whether there is an r. The first layer after `Members`, which has
            scaled already, needs none.
        initialization: of W, as of `Dense`; b starts at zero.
        bias: whether there is a b.

    Raises:
        NetworkError: units below 1, an unknown initialization, or an input without an
            axis of members.

    Source: Wen, Tran, Ba, "BatchEnsemble: an alternative approach to efficient ensemble and
    lifelong learning", ICLR 2020, equation 5; Gorishniy, Kotelnikov, Babenko, "TabM:
    advancing tabular deep learning with parameter-efficient ensembling", ICLR 2025.
    """

    kind: ClassVar[str] = "batch_ensemble"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = (
        r"@h[m] = @scale_out[m] \odot ((@?scale_in{@scale_in[m] \odot }@x[m])\, @weight)"
        r"@?bias{ + @bias[m]}"
    )

    units: int | Int | Choice = width()
    scale_in: bool | Choice = static(True)
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)

    def __post_init__(self) -> None:
        check_field(self.units, "units")
        _check_flag(self.scale_in)
        check_initialization(self.initialization)
        check_bias(self.bias)

    def out_shape(self, *shapes: Shape) -> Shape:
        members, _ = member_shape(shapes[0], "BatchEnsemble")
        return members, whole_number(self.units, "units")

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        members, units = self.out_shape(*shapes)
        features = shapes[0][1]
        specs = {
            "scale_in": ParamSpec((members, features), ("member", "in"), decays=False),
            "weight": ParamSpec((features, units), ("in", "out")),
            "scale_out": ParamSpec((members, units), ("member", "out"), decays=False),
            "bias": ParamSpec((members, units), ("member", "out"), decays=False),
        }
        absent = {"scale_in": not self.scale_in, "bias": not self.bias}
        return {name: spec for name, spec in specs.items() if not absent.get(name)}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        specs = self.param_specs(*shapes)
        drawn = {name: np.ones(spec.shape, np.float32) for name, spec in specs.items()}
        fan_in, fan_out = specs["weight"].shape
        scheme = str(self.initialization)
        drawn["weight"] = uniform(rng, (fan_in, fan_out), fan_in, fan_out, scheme)
        if self.bias:
            drawn["bias"] = np.zeros(specs["bias"].shape, np.float32)
        return drawn

    def multiply_adds(self, *shapes: Shape) -> int:
        specs = self.param_specs(*shapes)
        own = sum(prod(spec.shape) for name, spec in specs.items() if name != "weight")
        return shapes[0][0] * prod(specs["weight"].shape) + own

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        batch, members, features = x.shape
        if self.scale_in:
            x = x * over(params["scale_in"][None], x)
        h = dense(
            x.reshape(batch * members, features),
            params["weight"],
            active_in=context.active_in,
            active_out=context.active_out,
        ).reshape(batch, members, -1)
        h = h * over(params["scale_out"][None], h)
        return h + over(params["bias"][None], h) if self.bias else h

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, BatchEnsemble)
        return np.arange(whole_number(self.units, "units")) < whole_number(bound.units, "units")


def _check_flag(value: Any) -> None:
    """Raise NetworkError unless the value, or every option, is true or false."""
    if isinstance(value, Choice):
        for option in value.options:
            _check_flag(option)
    elif not isinstance(value, bool | np.bool_):
        raise NetworkError(
            "whether a layer scales its inputs is True or False",
            where="scale_in",
            received=short(value),
        )
