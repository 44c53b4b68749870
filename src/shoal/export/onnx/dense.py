"""Dense layers, members, merges, normalization, noise."""

from __future__ import annotations

from functools import reduce

import numpy as np

from shoal.export.onnx.graph import FLOAT, Graph, Value
from shoal.export.onnx.translation import Params, translates
from shoal.nn import (
    Add,
    BatchEnsemble,
    BatchNorm,
    ChannelDropout,
    Concat,
    Dense,
    Dropout,
    FeatureScale,
    Flatten,
    GaussianNoise,
    LayerNorm,
    MemberDense,
    MemberMean,
    Members,
    Multiply,
    Reshape,
    TokenDropout,
)


@translates(Dense)
def dense(graph: Graph, layer: Dense, params: Params, x: Value) -> Value:
    """A matrix product and a bias; γ goes with the inputs, as in training."""
    rows, weight = graph.last(x), graph.constant(params["weight"], name="weight")
    if layer.scaled:
        rows = graph.add("Mul", rows, graph.constant(params["scale"], name="scale"))
    shape = layer.out_shape(x.shape)
    bias = params.get("bias")
    if len(x.shape) == 1:
        more = [] if bias is None else [graph.constant(bias, name="bias")]
        return Value(shape, graph.add("Gemm", rows, weight, *more))
    product = graph.add("MatMul", rows, weight)
    if bias is not None:
        product = graph.add("Add", product, graph.constant(bias, name="bias"))
    return Value(shape, product)


@translates(FeatureScale)
def feature_scale(graph: Graph, layer: FeatureScale, params: Params, x: Value) -> Value:
    """A product with one number a feature."""
    tensor, first = graph.as_it_is(x)
    scale = graph.of_channels(params["scale"], x, first, "scale")
    return graph.like(x, graph.add("Mul", tensor, scale), first)


@translates(Dropout, ChannelDropout, TokenDropout, GaussianNoise)
def noise(graph: Graph, layer: Dropout, params: Params, x: Value) -> Value:
    """Nothing: there is noise in training alone."""
    return x


@translates(BatchNorm)
def batch_norm(graph: Graph, layer: BatchNorm, params: Params, x: Value) -> Value:
    """With the running statistics; of a map the operator that runtimes join with a convolution."""
    names = ("scale", "shift", "mean", "variance")
    if len(x.shape) > 1 and x.first is not None:
        parts = [graph.constant(params[name], name=name) for name in names]
        epsilon = float(layer.epsilon)  # type: ignore[arg-type]  # bound
        made = graph.add("BatchNormalization", x.first, *parts, epsilon=epsilon)
        return Value(x.shape, first=made)
    slope = 1.0 / np.sqrt(params["variance"].astype(np.float64) + float(layer.epsilon))  # type: ignore[arg-type]  # bound
    centered = graph.add("Sub", graph.last(x), graph.constant(params["mean"], name="mean"))
    scaled = graph.add(
        "Mul", centered, graph.constant(slope * params["scale"], FLOAT, name="slope")
    )
    return Value(x.shape, graph.add("Add", scaled, graph.constant(params["shift"], name="shift")))


@translates(LayerNorm)
def layer_norm(graph: Graph, layer: LayerNorm, params: Params, x: Value) -> Value:
    """Mean and variance of the centered features: never of a difference of large squares."""
    tensor = graph.last(x)
    centered = graph.add("Sub", tensor, graph.reduce("ReduceMean", tensor, -1, keep=True))
    squares = graph.add("Mul", centered, centered)
    variance = graph.reduce("ReduceMean", squares, -1, keep=True)
    epsilon = graph.number(float(layer.epsilon))  # type: ignore[arg-type]  # bound
    root = graph.add("Sqrt", graph.add("Add", variance, epsilon))
    unit = graph.add("Div", centered, root)
    scaled = graph.add("Mul", unit, graph.constant(params["scale"], name="scale"))
    return Value(x.shape, graph.add("Add", scaled, graph.constant(params["shift"], name="shift")))


# --- shapes and merges ----------------------------------------------------------------


@translates(Flatten, Reshape)
def reshape(graph: Graph, layer: Flatten | Reshape, params: Params, x: Value) -> Value:
    """The numbers in their order, channels running fastest."""
    shape = layer.out_shape(x.shape)
    if len(x.shape) > 1 and x.first is not None and x.last is None and _one_place(x.shape):
        return Value(shape, graph.reshape(x.first, shape))  # their order is the same
    return Value(shape, graph.reshape(graph.last(x), shape))


def _one_place(shape: tuple[int, ...]) -> bool:
    """Whether the order of a map's axes does not matter: one channel, or one place."""
    return shape[-1] == 1 or all(size == 1 for size in shape[:-1])


@translates(Add)
def add(graph: Graph, layer: Add, params: Params, *xs: Value) -> Value:
    """A sum; with channels first where all inputs are so."""
    first = all(x.is_map and x.first is not None for x in xs)
    tensors = [graph.first(x) if first else graph.last(x) for x in xs]
    return graph.like(xs[0], reduce(lambda a, b: graph.add("Add", a, b), tensors), first)


@translates(Multiply)
def multiply(graph: Graph, layer: Multiply, params: Params, *xs: Value) -> Value:
    """A product; a gate has one number for each channel."""
    whole = [x for x in xs if x.shape == xs[0].shape]
    first = all(x.is_map and x.first is not None for x in whole)
    places = len(xs[0].shape) - 1
    product = graph.first(xs[0]) if first else graph.last(xs[0])
    for x in xs[1:]:
        if x.shape == xs[0].shape:
            factor = graph.first(x) if first else graph.last(x)
        else:
            ones = (1,) * places
            shape = (*x.shape, *ones) if first else (*ones, *x.shape)
            factor = graph.reshape(graph.last(x), shape)
        product = graph.add("Mul", product, factor)
    return graph.like(xs[0], product, first)


@translates(Concat)
def concat(graph: Graph, layer: Concat, params: Params, *xs: Value) -> Value:
    """Side by side along the channels."""
    shape = layer.out_shape(*(x.shape for x in xs))
    if len(shape) > 1 and all(x.first is not None for x in xs):
        return Value(shape, first=graph.concat([graph.first(x) for x in xs], axis=1))
    return Value(shape, graph.concat([graph.last(x) for x in xs]))


# --- members --------------------------------------------------------------------------


@translates(Members)
def members(graph: Graph, layer: Members, params: Params, x: Value) -> Value:
    """One row a member: the features times its scales."""
    rows = graph.reshape(graph.last(x), (1, *x.shape))
    scale = graph.constant(params["scale_in"], name="scale_in")
    return Value(layer.out_shape(x.shape), graph.add("Mul", rows, scale))


@translates(MemberMean)
def member_mean(graph: Graph, layer: MemberMean, params: Params, x: Value) -> Value:
    """The mean over the members."""
    return Value(layer.out_shape(x.shape), graph.reduce("ReduceMean", graph.last(x), 1))


@translates(MemberDense)
def member_dense(graph: Graph, layer: MemberDense, params: Params, x: Value) -> Value:
    """A matrix product for each member."""
    product = by_row(graph, graph.last(x), params["weight"])
    if "bias" in params:
        product = graph.add("Add", product, graph.constant(params["bias"], name="bias"))
    return Value(layer.out_shape(x.shape), product)


@translates(BatchEnsemble)
def batch_ensemble(graph: Graph, layer: BatchEnsemble, params: Params, x: Value) -> Value:
    """One matrix for all members, between scales of their own."""
    rows = graph.last(x)
    if "scale_in" in params:
        rows = graph.add("Mul", rows, graph.constant(params["scale_in"], name="scale_in"))
    product = graph.add("MatMul", rows, graph.constant(params["weight"], name="weight"))
    product = graph.add("Mul", product, graph.constant(params["scale_out"], name="scale_out"))
    if "bias" in params:
        product = graph.add("Add", product, graph.constant(params["bias"], name="bias"))
    return Value(layer.out_shape(x.shape), product)


def by_row(graph: Graph, tensor: str, weight: np.ndarray) -> str:
    """Of (batch, rows, in) and a weight (rows, in, out): each row by its own matrix."""
    turned = graph.add("Transpose", tensor, perm=[1, 0, 2])
    product = graph.add("MatMul", turned, graph.constant(weight, name="weight"))
    return graph.add("Transpose", product, perm=[1, 0, 2])
