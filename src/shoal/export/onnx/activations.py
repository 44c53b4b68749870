"""Activations."""

from __future__ import annotations

from math import sqrt
from typing import Any

from shoal.export.onnx.graph import FLOAT, Graph, Value
from shoal.export.onnx.translation import TRANSLATIONS, Params, translates, untranslated
from shoal.nn import (
    Activation,
    Elu,
    Gelu,
    HardSigmoid,
    Heaviside,
    Identity,
    LeakyRelu,
    LogSoftmax,
    Mish,
    Parametric,
    Relu,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from shoal.nn.layers.activations.rectifiers import ALPHA, SCALE

OPERATORS: dict[type[Activation], str] = {
    Relu: "Relu",
    Sigmoid: "Sigmoid",
    Softplus: "Softplus",
    Softsign: "Softsign",
    Tanh: "Tanh",
}


@translates(*OPERATORS)
def operator(graph: Graph, layer: Activation, params: Params, x: Value) -> Value:
    """An operator of the same name."""
    return graph.each(x, OPERATORS[type(layer)])


@translates(Identity)
def identity(graph: Graph, layer: Identity, params: Params, x: Value) -> Value:
    """Nothing."""
    return x


@translates(LeakyRelu)
def leaky_relu(graph: Graph, layer: LeakyRelu, params: Params, x: Value) -> Value:
    """With its slope."""
    return graph.each(x, "LeakyRelu", alpha=_number(layer.slope))


@translates(Elu)
def elu(graph: Graph, layer: Elu, params: Params, x: Value) -> Value:
    """With its α."""
    return graph.each(x, "Elu", alpha=_number(layer.alpha))


@translates(Selu)
def selu(graph: Graph, layer: Selu, params: Params, x: Value) -> Value:
    """With the numbers of the paper."""
    return graph.each(x, "Selu", alpha=ALPHA, gamma=SCALE)


@translates(HardSigmoid)
def hard_sigmoid(graph: Graph, layer: HardSigmoid, params: Params, x: Value) -> Value:
    """Three straight pieces."""
    return graph.each(x, "HardSigmoid", alpha=1.0 / 6.0, beta=0.5)


@translates(Gelu)
def gelu(graph: Graph, layer: Gelu, params: Params, x: Value) -> Value:
    """The exact one, by the error function."""
    tensor, first = graph.as_it_is(x)
    inner = graph.add("Erf", graph.add("Mul", tensor, graph.number(sqrt(0.5))))
    share = graph.add("Add", inner, graph.number(1.0))
    half = graph.add("Mul", tensor, graph.number(0.5))
    return graph.like(x, graph.add("Mul", half, share), first)


@translates(Silu)
def silu(graph: Graph, layer: Silu, params: Params, x: Value) -> Value:
    """The input times its logistic function."""
    tensor, first = graph.as_it_is(x)
    return graph.like(x, graph.add("Mul", tensor, graph.add("Sigmoid", tensor)), first)


@translates(Mish)
def mish(graph: Graph, layer: Mish, params: Params, x: Value) -> Value:
    """Of operators that every runtime has."""
    tensor, first = graph.as_it_is(x)
    inner = graph.add("Tanh", graph.add("Softplus", tensor))
    return graph.like(x, graph.add("Mul", tensor, inner), first)


@translates(Heaviside)
def heaviside(graph: Graph, layer: Heaviside, params: Params, x: Value) -> Value:
    """A comparison."""
    tensor, first = graph.as_it_is(x)
    fires = graph.add("GreaterOrEqual", tensor, graph.number(0.0))
    return graph.like(x, graph.cast(fires, FLOAT), first)


@translates(Softmax)
def softmax(graph: Graph, layer: Softmax, params: Params, x: Value) -> Value:
    """Over the channels."""
    tensor, first = graph.as_it_is(x)
    return graph.like(x, graph.add("Softmax", tensor, axis=1 if first else -1), first)


@translates(LogSoftmax)
def log_softmax(graph: Graph, layer: LogSoftmax, params: Params, x: Value) -> Value:
    """Over the channels."""
    tensor, first = graph.as_it_is(x)
    return graph.like(x, graph.add("LogSoftmax", tensor, axis=1 if first else -1), first)


@translates(Parametric)
def parametric(graph: Graph, layer: Parametric, params: Params, x: Value) -> Value:
    """What its activation gives, by shares."""
    inner: Any = layer.activation
    translate = TRANSLATIONS.get(type(inner))
    if translate is None:
        raise untranslated(inner)
    active = translate(graph, inner, {}, x)
    tensor, first = graph.as_it_is(x)
    own = graph.first(active) if first else graph.last(active)
    alpha = graph.of_channels(params["alpha"], x, first, "alpha")
    change = graph.add("Mul", graph.add("Sub", own, tensor), alpha)
    return graph.like(x, graph.add("Add", tensor, change), first)


def _number(value: Any) -> float:
    return float(value)
