"""Networks: directed acyclic graphs of layers."""

from shoal.network.forward import ALL, Params, Widths, forward, forward_training
from shoal.network.layer import Context, Layer, ParamSpec, Shape
from shoal.network.layers import (
    Activation,
    Add,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Identity,
    MaxPool,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
    identity,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from shoal.network.network import Network
from shoal.network.node import INPUT, Node
from shoal.network.reading import LAYERS, network_from_json
from shoal.network.sequential import Sequential
from shoal.network.symbol import Input, Symbol
from shoal.network.widths import (
    HostParams,
    active_of,
    feature_masks,
    initialize,
    narrow_down,
    ranks_of,
    widen,
)

__all__ = [
    "ALL",
    "INPUT",
    "LAYERS",
    "Activation",
    "Add",
    "Concat",
    "Context",
    "Conv",
    "Dense",
    "Dropout",
    "Flatten",
    "HostParams",
    "Identity",
    "Input",
    "Layer",
    "MaxPool",
    "Network",
    "Node",
    "ParamSpec",
    "Params",
    "Relu",
    "Sequential",
    "Shape",
    "Sigmoid",
    "Softmax",
    "Symbol",
    "Tanh",
    "Widths",
    "active_of",
    "feature_masks",
    "forward",
    "forward_training",
    "identity",
    "initialize",
    "narrow_down",
    "network_from_json",
    "ranks_of",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
    "widen",
]
