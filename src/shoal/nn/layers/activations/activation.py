"""The protocol of activations: functions of each number."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.nn.layer import Context, Layer, ParamSpec, Shape, check_real, short
from shoal.space import Choice, Float, Int, host, static

Number = float | Float | Int | Choice


def check_number(value: Any, what: str) -> None:
    """Raise NetworkError unless every value is a finite number of at least 0.

    A traced value, inside a program, stands for one that was checked outside.
    """
    if isinstance(value, Float | Int):
        check_number(value.low, what)
    elif isinstance(value, Choice):
        for option in value.options:
            check_number(option, what)
    elif not isinstance(value, Array):
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if not plain or not value >= 0 or not math.isfinite(value):
            raise NetworkError(f"{what} is a number of at least 0", received=repr(value))


def like(value: Any, x: Array) -> Array:
    """The number with the type of x."""
    return jnp.asarray(value, x.dtype)


@dataclass(frozen=True, eq=False)
class Activation(Layer):
    """A function applied to each number of its input.

    A number of it may be a range and is then an input of the compiled program. A
    `Choice` among activations is a program for each of them: one program in which
    a lane selects would compute, and differentiate, every one of them in every
    lane, and could pool before none of them.
    """

    by_member: ClassVar[bool] = True

    keeps_zero: ClassVar[bool] = False
    """Whether f(0) = 0, so that a masked unit stays silent by itself."""

    monotone: ClassVar[bool] = False
    """Whether f never decreases, so that it commutes with a maximum."""

    @abstractmethod
    def function(self, x: Array) -> Array:
        """The function, element by element."""

    def out_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        h = self.function(inputs[0])
        if context.mask is None or self.keeps_zero:
            return h
        return h * over(context.mask, h)


def over(mask: Array, x: Array) -> Array:
    """A mask of features for every example and place of x."""
    return jnp.broadcast_to(mask.astype(x.dtype), x.shape)


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
