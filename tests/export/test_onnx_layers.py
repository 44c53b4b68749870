"""Every layer as ONNX, run by ONNX Runtime, gives what it gives in shoal."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import onnx_runs
import pytest
from registered import LAYERS

import shoal
from shoal import (
    Add,
    AvgPool,
    BatchEnsemble,
    BatchNorm,
    CategoryEmbedding,
    ChannelDropout,
    CharacterNGrams,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    DepthwiseConv,
    Dropout,
    Elu,
    Embedding,
    EmbeddingBag,
    FeatureScale,
    Flatten,
    GaussianNoise,
    GlobalAvgPool,
    GlobalMaxPool,
    HashedNGrams,
    Input,
    LayerNorm,
    LeakyRelu,
    MaxPool,
    MemberDense,
    MemberMean,
    Members,
    Multiply,
    Network,
    Pad,
    Parametric,
    PBLDEmbedding,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Repeat,
    Reshape,
    Sequential,
    TokenDropout,
    Tokens,
    UpSample,
)
from shoal.errors import ModelError
from shoal.export.onnx.translation import TRANSLATIONS
from shoal.testing.lanes import random_params

FUSED = {"conv_parts", "norm_max"}
"""What programs put in the place of layers; no network is written with them."""

TABLE = 40
"""Tokens of a vocabulary."""


def flat(*layers):
    return Sequential(*layers, input_shape=(6,))


def line(*layers):
    return Sequential(*layers, input_shape=(7, 3))


def plane(*layers):
    return Sequential(*layers, input_shape=(7, 6, 3))


def volume(*layers):
    return Sequential(*layers, input_shape=(4, 5, 6, 2))


def text(*layers):
    return Sequential(*layers, input_shape=(9,))


def gated():
    x = Input((4, 6, 3))
    h = Conv(3, kernel_size=1)(x)
    gate = shoal.sigmoid(Dense(3)(GlobalAvgPool()(h)))
    return Network(Multiply()(h, gate))


def merged():
    x = Input((4, 6, 3))
    h = Conv(3)(x)
    side = Add()(h, Conv(3, kernel_size=1)(x), x)
    return Network(Concat()(side, Multiply()(h, x), MaxPool(1)(h)))


def flat_merges():
    x = Input((6,))
    h = Dense(6)(x)
    return Network(Concat()(Add()(h, x), Multiply()(h, x), shoal.tanh(h)))


def shared():
    x, layer = Input((6,)), Dense(6)
    return Network(layer(shoal.relu(layer(x))))


def member_block():
    return flat(
        Members(4), BatchEnsemble(5, scale_in=False), shoal.relu, BatchEnsemble(5, bias=False),
        BatchNorm(), FeatureScale(), Parametric(shoal.selu), MemberDense(3), MemberMean(),
    )  # fmt: skip


TEXTS = {"embedding", "bag", "grams", "characters", "tokens"}

NETWORKS = {
    "dense": lambda: flat(Dense(5), Dropout(0.3), GaussianNoise(), Dense(4, bias=False)),
    "ntk": lambda: flat(Dense(5, parametrization="ntk")),
    "dense row": lambda: line(Dense(5), Dense(4, bias=False)),
    "scale": lambda: flat(FeatureScale(), Dense(3)),
    "batch norm": lambda: flat(BatchNorm(), Dense(8), BatchNorm(), shoal.relu),
    "layer norm": lambda: line(LayerNorm(), Dense(5), LayerNorm(1e-3)),
    "members": member_block,
    "merges": flat_merges,
    "shared": shared,
    "repeat": lambda: flat(Repeat(Sequential(Dense(6), shoal.tanh), times=3)),
    "reshape": lambda: flat(Dense(12), Reshape((2, 3, 2)), Conv(4, kernel_size=2), Flatten()),
    "conv": lambda: plane(
        Conv(4),
        BatchNorm(),
        shoal.relu,
        ChannelDropout(),
        Conv(4, kernel_size=(3, 2), stride=2),
        FeatureScale(),
        LayerNorm(),
        Conv(2, padding="valid", bias=False),
        Flatten(),
        Dense(3),
    ),
    "conv dilated": lambda: plane(Conv(4, dilation=2, padding=1), shoal.softmax),
    "conv grouped": lambda: plane(Conv(6, kernel_size=1), Conv(4, groups=2), shoal.log_softmax),
    "conv line": lambda: line(Conv(4, stride=2), Parametric(shoal.relu, 0.75), GlobalMaxPool()),
    "conv volume": lambda: volume(Conv(3), MaxPool(2), GlobalAvgPool()),
    "depthwise": lambda: plane(DepthwiseConv(2), DepthwiseConv(kernel_size=2, stride=2)),
    "transposed": lambda: plane(
        ConvTranspose(4, stride=2),
        ConvTranspose(2, kernel_size=2, stride=3),
        ConvTranspose(2, padding="valid", dilation=2),
        ConvTranspose(3, padding=1, bias=False),
    ),
    "transposed line": lambda: line(ConvTranspose(4, kernel_size=4, stride=2)),
    "max pool": lambda: plane(MaxPool(3, stride=2, padding="same"), MaxPool(2, padding=1)),
    "average pool": lambda: plane(AvgPool(3, stride=2, padding="same"), AvgPool(2, padding=1)),
    "pool line": lambda: line(MaxPool(2), AvgPool(2, stride=1)),
    "nearest": lambda: plane(UpSample((2, 3)), Conv(2)),
    "bilinear": lambda: plane(UpSample((2, 3), method="bilinear"), Conv(2)),
    "bilinear line": lambda: line(UpSample(3, method="bilinear"), UpSample(2)),
    "trilinear": lambda: volume(UpSample(2, method="bilinear"), UpSample((1, 2, 1))),
    "borders": lambda: plane(
        Pad(((1, 2), 0)),
        Crop(((0, 1), 1)),
        Conv(3),
        Pad(1, mode="edge"),
        Crop(((1, 0), 1)),
        Pad(2, mode="reflect"),
    ),
    "gate": gated,
    "map merges": merged,
    "embedding": lambda: text(TokenDropout(), Embedding(TABLE, 4), Conv(3), GlobalMaxPool()),
    "bag": lambda: text(EmbeddingBag(TABLE, 4, mode="sqrtn")),
    "bag sum": lambda: text(EmbeddingBag(TABLE, 4, mode="sum", padding=None)),
    "bag mean": lambda: text(EmbeddingBag(TABLE, 4, padding=None)),
    "grams": lambda: text(HashedNGrams(TABLE, 1000, n=4), EmbeddingBag(TABLE + 1000, 3)),
    "piecewise": lambda: flat(PiecewiseLinearEmbedding(5, numeric=4), Dense(3)),
    "periodic": lambda: flat(PeriodicEmbedding(3, 2, numeric=4), Dense(3)),
    "pbld": lambda: flat(PBLDEmbedding(3, 4), Dense(3)),
    "categories": lambda: flat(CategoryEmbedding(2, one_hot=2, categories=(2, 3)), Dense(3)),
    "leaky relu": lambda: flat(Dense(9), LeakyRelu(0.2)),
    "elu": lambda: flat(Dense(9), Elu(0.5)),
    **{
        kind: (lambda cls=cls: flat(Dense(9), cls(), Parametric(cls(), 0.5)))
        for kind, cls in LAYERS.items()
        if issubclass(cls, shoal.Activation) and kind not in ("leaky_relu", "elu")
    },
}


def with_ngrams():
    """The tokens of a text's row, and its hashes."""
    x = Input((44,))
    words = EmbeddingBag(TABLE, 4)(Tokens(10)(x))
    grams = EmbeddingBag(51, 4)(CharacterNGrams(50)(x))
    return Network(Concat()(words, grams))


NETWORKS["characters"] = with_ngrams


def rows(network, name):
    """A hundred examples; of tokens with padding, of hashes with all of their bits."""
    rng = np.random.default_rng(4)
    shape = (max(onnx_runs.BATCHES), *network.input_shape)
    if name == "characters":
        x = rng.integers(-(2**31), 2**31, shape).astype(np.int32)
        x[:, :4] = rng.integers(0, TABLE, (len(x), 4))
        x[::3, 4:20] = 0
        return x
    if name in ("embedding", "grams") or name.startswith("bag"):
        x = rng.integers(0, TABLE, shape).astype(np.int32)
        x[1::3, 4:] = 0
        x[2] = 0
        return x
    return rng.normal(0, 2, shape).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_the_same(name):
    network = NETWORKS[name]()
    onnx_runs.compare(network, onnx_runs.settled(random_params(network, 3)), rows(network, name))


def test_every_layer_is_translated_and_compared():
    compared = {
        type(part)
        for make in NETWORKS.values()
        for node in make().nodes
        for part in (node.layer, getattr(node.layer, "activation", None))
    }
    known = {cls for kind, cls in LAYERS.items() if kind not in FUSED and ":" not in kind}
    assert known <= set(TRANSLATIONS)
    assert known <= compared


def test_a_token_outside_of_the_vocabulary_is_no_number():
    network = text(Embedding(TABLE, 4, padding=None))
    run = onnx_runs.session(onnx_runs.network_bytes(network, random_params(network, 1), np.int32))
    (h,) = run.run(None, {"x": np.array([[0, -1, TABLE] * 3], np.int32)})
    assert np.isnan(h[0]).all(axis=1).tolist() == [False, True, True] * 3


@dataclass(frozen=True, eq=False)
class Doubled(shoal.Relu):
    """A layer of a user's own, which computes something else than its base class."""

    kind: ClassVar[str] = "test_onnx:doubled"

    def function(self, x):
        return 2 * super().function(x)


@pytest.mark.parametrize("layer", [Doubled(), Parametric(Doubled())], ids=["alone", "inside"])
def test_a_layer_without_a_translation_is_named(layer):
    network = flat(Dense(4), layer)
    with pytest.raises(ModelError, match="layer Doubled has no translation to ONNX"):
        onnx_runs.network_bytes(network, random_params(network, 1))


def test_a_map_is_transposed_once_each_way():
    """However many convolutions, activations and poolings stand between."""
    import onnx

    network = plane(Conv(3), shoal.relu, BatchNorm(), MaxPool(2), Conv(4), shoal.gelu, Flatten())
    model = onnx.load_from_string(onnx_runs.network_bytes(network, random_params(network, 1)))
    assert [node.op_type for node in model.graph.node].count("Transpose") == 2
