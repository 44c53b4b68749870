"""Layers on maps: convolutions, pooling, sampling up, borders. Their channels come first."""

from __future__ import annotations

import numpy as np

from shoal.export.onnx.graph import Graph, Value
from shoal.export.onnx.translation import Params, translates
from shoal.nn import (
    AvgPool,
    Conv,
    ConvTranspose,
    Crop,
    DepthwiseConv,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Pad,
    UpSample,
)
from shoal.nn.layers.reshaping import MODES
from shoal.nn.layers.windows import Slide, sides, sizes


def _pads(slide: Slide) -> list[int]:
    """All cells before, then all after."""
    return [*(a for a, _ in slide.padding), *(b for _, b in slide.padding)]


def _bias(graph: Graph, params: Params) -> list[str]:
    return [graph.constant(params["bias"], name="bias")] if "bias" in params else []


@translates(Conv, DepthwiseConv)
def conv(graph: Graph, layer: Conv | DepthwiseConv, params: Params, x: Value) -> Value:
    """A convolution; the weight's filters come first, then its channels."""
    slide = layer.slide(x.shape)
    weight = np.moveaxis(params["weight"], (-1, -2), (0, 1))
    groups = x.shape[-1] // weight.shape[1]
    made = graph.add(
        "Conv", graph.first(x), graph.constant(weight, name="weight"), *_bias(graph, params),
        kernel_shape=list(slide.window), strides=list(slide.stride), pads=_pads(slide),
        dilations=list(slide.dilation), group=groups,
    )  # fmt: skip
    return Value(layer.out_shape(x.shape), first=made)


@translates(ConvTranspose)
def conv_transpose(graph: Graph, layer: ConvTranspose, params: Params, x: Value) -> Value:
    """A transposed convolution; what it is longer by than the filters reach is zeros and bias."""
    slide = layer.slide(x.shape)
    weight = np.moveaxis(params["weight"], (-1, -2), (0, 1))
    reached = [
        (n - 1) * s + d * (k - 1) + 1 - a - b
        for n, s, d, k, (a, b) in zip(
            x.shape[:-1], slide.stride, slide.dilation, slide.window, slide.padding, strict=True
        )
    ]
    more = [want - have for want, have in zip(slide.size, reached, strict=True)]
    made = graph.add(
        "ConvTranspose", graph.first(x), graph.constant(weight, name="weight"),
        *_bias(graph, params), kernel_shape=list(slide.window), strides=list(slide.stride),
        pads=_pads(slide), dilations=list(slide.dilation), output_padding=more,
    )  # fmt: skip
    return Value(layer.out_shape(x.shape), first=made)


@translates(MaxPool, AvgPool)
def pool(graph: Graph, layer: MaxPool | AvgPool, params: Params, x: Value) -> Value:
    """The largest of each window, or its mean, of cells inside the map."""
    slide = layer.slide(x.shape)
    operator = "MaxPool" if isinstance(layer, MaxPool) else "AveragePool"
    made = graph.add(
        operator, graph.first(x), kernel_shape=list(slide.window), strides=list(slide.stride),
        pads=_pads(slide),
    )  # fmt: skip
    return Value(layer.out_shape(x.shape), first=made)


@translates(GlobalAvgPool, GlobalMaxPool)
def global_pool(
    graph: Graph, layer: GlobalAvgPool | GlobalMaxPool, params: Params, x: Value
) -> Value:
    """One number a channel."""
    operator = "ReduceMean" if isinstance(layer, GlobalAvgPool) else "ReduceMax"
    tensor, first = graph.as_it_is(x)
    places = len(x.shape) - 1
    axes = range(2, 2 + places) if first else range(1, 1 + places)
    return Value(layer.out_shape(x.shape), graph.reduce(operator, tensor, *axes))


@translates(UpSample)
def up_sample(graph: Graph, layer: UpSample, params: Params, x: Value) -> Value:
    """Cells repeated, or straight lines between their centers."""
    factors = sizes(layer.factor, "factor", len(x.shape) - 1)
    shape = layer.out_shape(x.shape)
    tensor, line = graph.first(x), len(x.shape) == 2
    if line:  # runtimes interpolate planes and volumes
        tensor, factors = graph.reshape(tensor, (x.shape[-1], 1, x.shape[0])), (1, *factors)
    scales = graph.constant([1, 1, *factors], np.float32, name="scales")
    if layer.method == "nearest":
        how = {"mode": "nearest", "nearest_mode": "floor"}
        made = graph.add(
            "Resize", tensor, "", scales, coordinate_transformation_mode="asymmetric", **how
        )
    else:
        made = graph.add(
            "Resize", tensor, "", scales, mode="linear",
            coordinate_transformation_mode="half_pixel",
        )  # fmt: skip
    if line:
        made = graph.reshape(made, (shape[-1], shape[0]))
    return Value(shape, first=made)


@translates(Pad)
def pad(graph: Graph, layer: Pad, params: Params, x: Value) -> Value:
    """Cells around a map."""
    cells = sides(layer.cells, len(x.shape) - 1)
    tensor, first = graph.as_it_is(x)
    ends = ((0, 0), (0, 0), *cells) if first else ((0, 0), *cells, (0, 0))
    pads = [*(a for a, _ in ends), *(b for _, b in ends)]
    made = graph.add("Pad", tensor, graph.ints(*pads), mode=MODES[str(layer.mode)])
    shape = layer.out_shape(x.shape)
    return Value(shape, first=made) if first else Value(shape, last=made)


@translates(Crop)
def crop(graph: Graph, layer: Crop, params: Params, x: Value) -> Value:
    """A part of the map."""
    cells = sides(layer.cells, len(x.shape) - 1)
    tensor, first = graph.as_it_is(x)
    axes = [2 + i if first else 1 + i for i in range(len(cells))]
    starts = [before for before, _ in cells]
    ends = [n - after for n, (_, after) in zip(x.shape[:-1], cells, strict=True)]
    made = graph.add("Slice", tensor, *(graph.ints(*part) for part in (starts, ends, axes)))
    shape = layer.out_shape(x.shape)
    return Value(shape, first=made) if first else Value(shape, last=made)
