"""Activation functions, as layers without parameters.

Each class has one ready-made instance, written like a function: ``relu``.
"""

from shoal.network.layers.activations.activation import Activation
from shoal.network.layers.activations.elu import Elu, elu
from shoal.network.layers.activations.gelu import Gelu, gelu
from shoal.network.layers.activations.hard_sigmoid import HardSigmoid, hard_sigmoid
from shoal.network.layers.activations.heaviside import Heaviside, heaviside
from shoal.network.layers.activations.identity import Identity, identity
from shoal.network.layers.activations.leaky_relu import LeakyRelu, leaky_relu
from shoal.network.layers.activations.log_softmax import LogSoftmax, log_softmax
from shoal.network.layers.activations.mish import Mish, mish
from shoal.network.layers.activations.relu import Relu, relu
from shoal.network.layers.activations.selu import Selu, selu
from shoal.network.layers.activations.sigmoid import Sigmoid, sigmoid
from shoal.network.layers.activations.silu import Silu, silu
from shoal.network.layers.activations.softmax import Softmax, softmax
from shoal.network.layers.activations.softplus import Softplus, softplus
from shoal.network.layers.activations.softsign import Softsign, softsign
from shoal.network.layers.activations.tanh import Tanh, tanh

__all__ = [
    "Activation",
    "Elu",
    "Gelu",
    "HardSigmoid",
    "Heaviside",
    "Identity",
    "LeakyRelu",
    "LogSoftmax",
    "Mish",
    "Relu",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "elu",
    "gelu",
    "hard_sigmoid",
    "heaviside",
    "identity",
    "leaky_relu",
    "log_softmax",
    "mish",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]
