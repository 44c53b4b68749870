"""The checks of a layer find what is wrong with one, and nothing where nothing is."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import pytest

from shoal import (
    Activation,
    Conv,
    Dense,
    Embedding,
    Float,
    GaussianNoise,
    Int,
    Layer,
    Members,
    Parametric,
    ParamSpec,
    host,
    mish,
    traced,
)
from shoal.testing import ConformanceError, check_layer


@dataclass(frozen=True, eq=False)
class Scaled(Layer):
    """Each feature times a number."""

    kind: ClassVar[str] = "check_layer:scaled"
    scale: Any = traced(2.0)

    def out_shape(self, *shapes):
        return shapes[0]

    def apply(self, params, *inputs, context):
        return inputs[0] * self.scale


@dataclass(frozen=True, eq=False)
class Centered(Scaled):
    """Features less their mean, over those of the neighbors too."""

    kind: ClassVar[str] = "check_layer:centered"

    def apply(self, params, *inputs, context):
        x = inputs[0] - inputs[0].mean(axis=-1, keepdims=True)
        return x if context.mask is None else x * context.mask[None]


@dataclass(frozen=True, eq=False)
class Shifted(Activation):
    """f(0) is not 0, and claimed to be."""

    kind: ClassVar[str] = "check_layer:shifted"
    keeps_zero: ClassVar[bool] = True

    def function(self, x):
        return x + 1.0


@dataclass(frozen=True, eq=False)
class Doubled(Scaled):
    """Twice as many features as it says."""

    kind: ClassVar[str] = "check_layer:doubled"

    def apply(self, params, *inputs, context):
        return jnp.concatenate([inputs[0], inputs[0]], axis=-1)


class Nameless(Scaled):
    """A layer without a kind of its own."""


@dataclass(frozen=True, eq=False)
class Hiding(Scaled):
    """What it computes with stands in no field."""

    kind: ClassVar[str] = "check_layer:hiding"
    made: ClassVar[list[int]] = []

    def __post_init__(self):
        self.made.append(1)
        object.__setattr__(self, "hidden", float(len(self.made)))

    def apply(self, params, *inputs, context):
        return inputs[0] * self.hidden


@dataclass(frozen=True, eq=False)
class WithAFunction(Scaled):
    """A field that is no plain data."""

    kind: ClassVar[str] = "check_layer:with_a_function"
    function: Any = host(jnp.tanh)


@dataclass(frozen=True, eq=False)
class Stopped(Scaled):
    """Its gradient is not that of its values."""

    kind: ClassVar[str] = "check_layer:stopped"

    def apply(self, params, *inputs, context):
        return inputs[0] * jax.lax.stop_gradient(inputs[0])


@dataclass(frozen=True, eq=False)
class Exploding(Scaled):
    """Infinite wherever its input is below 0."""

    kind: ClassVar[str] = "check_layer:exploding"

    def apply(self, params, *inputs, context):
        return jnp.where(inputs[0] < 0, jnp.inf, inputs[0])


@dataclass(frozen=True, eq=False)
class Announcing(Scaled):
    """A parameter of another shape than it is drawn with."""

    kind: ClassVar[str] = "check_layer:announcing"

    def param_specs(self, *shapes):
        return {"weight": ParamSpec((*shapes[0], 2), ("in", None))}

    def init(self, rng, *shapes):
        return {"weight": rng.normal(size=shapes[0]).astype("float32")}


@dataclass(frozen=True, eq=False)
class Silent(Scaled):
    kind: ClassVar[str] = "check_layer:silent"


class Undecorated(Scaled):
    """Its field is none."""

    kind: ClassVar[str] = "check_layer:undecorated"
    offset: Any = traced(1.0)


FAULTS = {
    "padding": (Centered(), "the output of a narrow lane is not that of the narrow network"),
    "zero": (Shifted(), "features that a narrow lane does not have are not zero|gradient of the w"),
    "shape": (Doubled(), r"another shape than out_shape says; expected \(3, 6\); received"),
    "no kind": (Nameless(), "does not come back from JSON.*no kind of its own"),
    "hidden": (Hiding(), "comes back from JSON computes something else"),
    "function": (WithAFunction(), "does not come back from JSON"),
    "gradient": (Stopped(), "gradient with respect to inputs is not that of the values"),
    "infinite": (Exploding(), "infinities or no numbers"),
    "parameter": (Announcing(), "'weight' is drawn otherwise than announced.*received float32"),
    "docstring": (Silent(), "no docstring"),
    "decorator": (Undecorated(), "is no dataclass"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name):
    layer, message = FAULTS[name]
    with pytest.raises(ConformanceError, match=f"(?s){type(layer).__name__}: .*({message})"):
        check_layer(layer, (6,))


def test_a_sound_layer_passes():
    check_layer(Scaled(Float(0.5, 3.0)), (6,))


@pytest.mark.parametrize(
    ("layer", "shape", "more"),
    [
        (Dense(Int(2, 5)), (6,), {}),
        (Conv(Int(2, 4)), (4, 3, 4), {}),
        (Parametric(mish, Float(0.5, 1.0)), (6,), {}),
        (GaussianNoise(Float(0.1, 0.4)), (6,), {}),
        (Members(Int(2, 4)), (6,), {}),
        (Embedding(9, Int(2, 5)), (4,), {"tokens": 9}),
    ],
    ids=["dense", "conv", "parametric", "noise", "members", "embedding"],
)
def test_layers_of_every_sort_pass(layer, shape, more):
    """The others are held to the same lanes, gradients and files in tests/network."""
    check_layer(layer, shape, **more)
