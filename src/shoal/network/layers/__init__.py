"""The layers, one concept a file."""

from shoal.network.layers.activations import (
    Activation,
    Identity,
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
from shoal.network.layers.conv import Conv
from shoal.network.layers.dense import Dense
from shoal.network.layers.dropout import Dropout
from shoal.network.layers.flatten import Flatten
from shoal.network.layers.max_pool import MaxPool
from shoal.network.layers.merge import Add, Concat

__all__ = [
    "Activation",
    "Add",
    "Concat",
    "Conv",
    "Dense",
    "Dropout",
    "Flatten",
    "Identity",
    "MaxPool",
    "Relu",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "identity",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
]
