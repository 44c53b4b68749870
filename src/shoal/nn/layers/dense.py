"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels.dense import dense
from shoal.nn.initialization import check_initialization, uniform
from shoal.nn.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.nn.layers.activations.activation import over
from shoal.space import Choice, Int, host, static, width


def check_bias(value: Any) -> None:
    """Raise NetworkError unless the value, or every option, is true or false."""
    if isinstance(value, Choice):
        for option in value.options:
            check_bias(option)
    elif not isinstance(value, bool | np.bool_):
        raise NetworkError(
            "whether a layer has a bias is True or False", where="bias", received=repr(value)
        )


def bias_spec(bias: Any, units: int) -> dict[str, ParamSpec]:
    """The bias among a layer's parameters, if it has one."""
    return {"bias": ParamSpec((units,), ("out",), decays=False)} if bias else {}


def first_bias(bias: Any, units: int) -> dict[str, np.ndarray]:
    """The bias among a layer's initial parameters, if it has one: zeros."""
    return {"bias": np.zeros(units, np.float32)} if bias else {}


PARAMETRIZATIONS = ("standard", "ntk")


def _check_parametrization(name: object) -> None:
    """Raise NetworkError unless the name, or every option, is that of a parametrization."""
    for option in name.options if isinstance(name, Choice) else (name,):
        if not isinstance(option, str) or option not in PARAMETRIZATIONS:
            raise NetworkError(
                "a parametrization is known by name",
                expected=", ".join(PARAMETRIZATIONS),
                received=repr(option),
            )


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
        parametrization: ``standard``, or ``ntk`` (of the neural tangent kernel), by which
            :math:`h = \gamma\, x W + b` with γ = 1/√K, K the inputs that the network has.
            W is then drawn from a normal distribution of variance 1 (unless its
            ``initialization`` is ``zeros``), and γ is not trained. It is the same function
            with other numbers: weights of all layers are of one size, and steps of one size
            move wide and narrow layers alike.

    Raises:
        NetworkError: units below 1, an unknown initialization or parametrization, or an
            input that is neither flat nor a row.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), chapter 6; Jacot,
    Gabriel, Hongler, "Neural tangent kernel", NeurIPS 2018.
    """

    kind: ClassVar[str] = "dense"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h = @?parametrization{@scale\, }@x\, @weight@?bias{ + @bias}"

    units: int | Int | Choice = width()
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)
    parametrization: str | Choice = static("standard")

    @property
    def scaled(self) -> bool:
        """Whether there is a γ, or while it is a family may be one."""
        return self.parametrization != "standard"

    def told(self, name: str) -> Any:
        if name == "parametrization":  # of an equation all that may be there
            return self.parametrization if self.scaled else False
        return super().told(name)

    def __post_init__(self) -> None:
        check_field(self.units, "units")
        check_initialization(self.initialization)
        _check_parametrization(self.parametrization)
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
        scale = {"scale": ParamSpec((1,), (None,), decays=False, trained=False)}
        return {
            "weight": ParamSpec((shapes[0][-1], out), ("in", "out")),
            **bias_spec(self.bias, out),
            **(scale if self.scaled else {}),
        }

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        fan_in, fan_out = shapes[0][-1], self.out_shape(*shapes)[-1]
        scheme, shape = str(self.initialization), (fan_in, fan_out)
        bias = first_bias(self.bias, fan_out)
        if not self.scaled:
            return {"weight": uniform(rng, shape, fan_in, fan_out, scheme), **bias}
        # A number beside the weights, for in a lane the inputs of its own network count.
        scale = np.full(1, 1.0 / np.sqrt(fan_in), np.float32)
        drawn = rng.standard_normal(shape, dtype=np.float32)
        weight = np.zeros_like(drawn) if scheme == "zeros" else drawn
        return {"weight": weight, **bias, "scale": scale}

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        rows = x.reshape(-1, x.shape[-1])
        h = dense(
            rows * params["scale"][None] if self.scaled else rows,
            params["weight"],
            params.get("bias"),
            active_in=context.active_in,
            active_out=context.active_out,
        )
        return h.reshape(*x.shape[:-1], -1)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, Dense)
        return np.arange(whole_number(self.units, "units")) < whole_number(bound.units, "units")


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
