"""The layers, one concept a file."""

from shoal.network.layers.activations import (
    Activation,
    Elu,
    Gelu,
    HardSigmoid,
    Heaviside,
    Identity,
    LeakyRelu,
    LogSoftmax,
    Mish,
    Relu,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
    elu,
    gelu,
    hard_sigmoid,
    heaviside,
    identity,
    leaky_relu,
    log_softmax,
    mish,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    tanh,
)
from shoal.network.layers.avg_pool import AvgPool
from shoal.network.layers.batch_ensemble import BatchEnsemble
from shoal.network.layers.batch_norm import BatchNorm
from shoal.network.layers.channel_dropout import ChannelDropout
from shoal.network.layers.character_ngrams import CharacterNGrams, Tokens
from shoal.network.layers.conv import Conv
from shoal.network.layers.conv_transpose import ConvTranspose
from shoal.network.layers.crop import Crop
from shoal.network.layers.dense import Dense
from shoal.network.layers.depthwise_conv import DepthwiseConv
from shoal.network.layers.dropout import Dropout
from shoal.network.layers.embedding import Embedding
from shoal.network.layers.embedding_bag import EmbeddingBag
from shoal.network.layers.feature_scale import FeatureScale
from shoal.network.layers.flatten import Flatten
from shoal.network.layers.gaussian_noise import GaussianNoise
from shoal.network.layers.global_pool import GlobalAvgPool, GlobalMaxPool
from shoal.network.layers.hashed_ngrams import HashedNGrams
from shoal.network.layers.layer_norm import LayerNorm
from shoal.network.layers.max_pool import MaxPool
from shoal.network.layers.member_dense import MemberDense
from shoal.network.layers.members import MemberMean, Members
from shoal.network.layers.merge import Add, Concat, Multiply
from shoal.network.layers.pad import Pad
from shoal.network.layers.parametric import Parametric
from shoal.network.layers.pbld_embedding import PBLDEmbedding
from shoal.network.layers.periodic_embedding import PeriodicEmbedding
from shoal.network.layers.piecewise_linear_embedding import PiecewiseLinearEmbedding
from shoal.network.layers.reshape import Reshape
from shoal.network.layers.token_dropout import TokenDropout
from shoal.network.layers.up_sample import UpSample

__all__ = [
    "Activation",
    "Add",
    "AvgPool",
    "BatchEnsemble",
    "BatchNorm",
    "ChannelDropout",
    "CharacterNGrams",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Crop",
    "Dense",
    "DepthwiseConv",
    "Dropout",
    "Elu",
    "Embedding",
    "EmbeddingBag",
    "FeatureScale",
    "Flatten",
    "GaussianNoise",
    "Gelu",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "HardSigmoid",
    "HashedNGrams",
    "Heaviside",
    "Identity",
    "LayerNorm",
    "LeakyRelu",
    "LogSoftmax",
    "MaxPool",
    "MemberDense",
    "MemberMean",
    "Members",
    "Mish",
    "Multiply",
    "PBLDEmbedding",
    "Pad",
    "Parametric",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
    "Relu",
    "Reshape",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "TokenDropout",
    "Tokens",
    "UpSample",
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
