"""Every layer, with a range wherever a lane may have a number of its own: it trains as alone.

To add one: a line in a family, with ranges at all its fields that are traced or widths.
"""

from __future__ import annotations

import jax
import numpy as np
import pytest
from lane_training import points_of, trained
from registered import LAYERS

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
    Float,
    GaussianNoise,
    GlobalAvgPool,
    GlobalMaxPool,
    HashedNGrams,
    Input,
    Int,
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
    Recipe,
    Repeat,
    Reshape,
    Sequential,
    Space,
    TokenDropout,
    Tokens,
    UpSample,
    gelu,
    hard_sigmoid,
    heaviside,
    identity,
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
from shoal.engine.lane import Rows
from shoal.engine.lane_inputs import Filling
from shoal.engine.specialize import specialize
from shoal.engine.splits import Splits
from shoal.engine.trial import Trial
from shoal.kernels import backend
from shoal.metrics import Scale, epoch_measures
from shoal.optimizers import SGD
from shoal.space import Choice, Range, Role
from shoal.space.tree import parts_of

EPOCHS, TOKENS = 2, 9


def line():
    """One direction."""
    return Sequential(
        Conv(Int(2, 4), dilation=2), BatchNorm(Float(0.05, 0.5), Float(1e-5, 1e-2)),
        LeakyRelu(Float(0.0, 0.5)), DepthwiseConv(Int(1, 2)), Elu(Float(0.3, 2.0)),
        ConvTranspose(Int(2, 4), stride=2), AvgPool(2), GlobalMaxPool(), Dense(3),
        input_shape=(8, 2),
    )  # fmt: skip


def plane():
    """Two directions, with gates and noise."""
    width = Int(2, 4)
    x = Input((6, 5, 2))
    h = ChannelDropout(Float(0.0, 0.4))(GaussianNoise(Float(0.0, 0.3))(tanh(Conv(width)(x))))
    h = Multiply()(h, sigmoid(Dense(width)(GlobalAvgPool()(h))))
    h = LayerNorm(Float(1e-5, 1e-1))(Add()(h, Conv(width, groups=1)(h)))
    h = MaxPool(2)(relu(Conv(Int(2, 3))(Pad(1, "reflect")(h))))
    h = Crop(1)(UpSample(2, "bilinear")(h))
    both = Concat()(Flatten()(h), Reshape((-1,))(h))
    return Network(Dense(3)(Dropout(Float(0.0, 0.5))(both)))


def volume():
    """Three directions."""
    return Sequential(
        Conv(Int(2, 4), stride=(2, 1, 1)), tanh, DepthwiseConv(Int(1, 2), kernel_size=2),
        ConvTranspose(Int(2, 3), stride=(2, 1, 1)), MaxPool((2, 1, 1)), GlobalAvgPool(), Dense(3),
        input_shape=(4, 3, 3, 2),
    )  # fmt: skip


def tokens():
    """Vectors of tokens, of runs of them and of n-grams behind them, and blocks that repeat."""
    block = Sequential(Dense(Int(3, 5)), tanh)
    row = TokenDropout(Float(0.0, 0.4))(Input((6,)))
    x, ngrams = Tokens(1)(row), CharacterNGrams(9, per_token=1)(row)
    bag = EmbeddingBag(TOKENS + 7, Int(2, 4), mode="sqrtn")(HashedNGrams(TOKENS, 7, 3)(x))
    h = Concat()(
        Flatten()(Embedding(TOKENS, Int(2, 5))(x)), bag, EmbeddingBag(10, Int(2, 4))(ngrams)
    )
    return Network(Dense(3)(Repeat(block, 2)(h)))


def table():
    """Numbers of a table, the first of them embedded, and what might be categories."""
    x = Input((5,))
    bins = PiecewiseLinearEmbedding(Int(2, 6), numeric=3)(x)
    x = FeatureScale()(x)
    waves = PeriodicEmbedding(3, Int(1, 4), Float(0.1, 1.0, log=True), numeric=3)(x)
    both = Concat()(bins, waves, PBLDEmbedding(4, Int(2, 5), Float(0.1, 1.0, log=True))(x))
    both = CategoryEmbedding(Int(1, 2), one_hot=1, categories=(2,))(both)
    h = Parametric(mish, Float(0.5, 1.0))(Dense(Int(3, 6))(both))
    h = Parametric(LeakyRelu(Float(0.0, 0.5)))(Dense(Int(3, 6))(FeatureScale()(h)))
    h = PeriodicEmbedding(2, Int(1, 3))(PBLDEmbedding(2, Int(2, 3))(h))
    return Network(Dense(3)(h))


def members():
    """An ensemble in one network, its members sharing weights by scales, wholly, not at all."""
    return Sequential(
        Members(Int(2, 4)), BatchEnsemble(Int(3, 6), scale_in=False), sigmoid,
        Dropout(Float(0.0, 0.4)), BatchEnsemble(Int(3, 5)), tanh, LayerNorm(Float(1e-5, 1e-1)),
        Dense(Int(3, 6)), relu, Dropout(0.2), Dense(Int(2, 4), bias=False), BatchNorm(),
        GaussianNoise(Float(0.0, 0.3)), MemberDense(Int(3, 5)), tanh, MemberDense(3), MemberMean(),
        input_shape=(5,),
    )  # fmt: skip


def activations():
    """All of them beside each other."""
    h = tanh(Dense(Int(3, 5))(Input((6,))))
    side_by_side = [
        layer(h)
        for layer in (
            gelu, hard_sigmoid, heaviside, identity, log_softmax, mish, relu, selu, sigmoid, silu,
            softmax, softplus, softsign, tanh, LeakyRelu(Float(0.0, 0.5)), Elu(Float(0.3, 2.0)),
        )
    ]  # fmt: skip
    return Network(Dense(3)(Concat()(*side_by_side)))


FAMILIES = [line, plane, volume, tokens, table, members, activations]
each = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)


def splits_for(network):
    """Rows that have nothing to teach: what they do to the weights is the same in any lane."""
    rng = np.random.default_rng(4)
    shape = (40, *network.input_shape)
    words = any(isinstance(layer, Embedding) for layer in (node.layer for node in network.nodes))
    x = rng.integers(0, TOKENS, shape) if words else rng.normal(size=shape)
    rows = x.astype(np.int32 if words else np.float32), (np.arange(40) % 3).astype(np.int32)
    train = Rows(*(jax.device_put(part[:32]) for part in rows))
    held = Rows(*(jax.device_put(part[None, 32:]) for part in rows))
    scale = Scale.of(
        "classification", epoch_measures("classification", "loss"), rows[1][32:], np.ones(1)
    )
    return Splits("classification", 3, train, held, jax.device_put(np.ones((1, 8), np.float32)),
                  scale)  # fmt: skip


@each
def test_a_lane_trains_as_the_network_alone(family):
    network, recipe = family(), Recipe(optimizer=SGD(Float(0.05, 0.3), momentum=0.9))
    space, splits = Space(network, recipe), splits_for(network)
    points = points_of(space, 3)
    points[1] |= {entry.name: entry.range.low for entry in space if entry.role == Role.WIDTH}
    in_lanes = trained(network, recipe, points, splits, EPOCHS, 16)[1]
    bound = space.bind(network, points[1]), space.bind(recipe, points[1])
    (alone,) = trained(*bound, [{}], splits, EPOCHS, 16)
    before = Filling(specialize(*bound, Space(*bound), {}, 1), splits, 1, 1)
    start, _ = before.fill(Trial(0, {}, 0, *bound))
    assert {owner: set(own) for owner, own in alone.items()} == {
        owner: set(own) for owner, own in in_lanes.items()
    }
    # A bias before a normalization has no gradient: XLA's rounding is all that it holds.
    rounding = 0.0 if backend() == "native" else 1e-8
    moved = 0.0
    for owner, arrays in alone.items():
        for name, array in arrays.items():
            moved = max(moved, float(np.abs(array - start[owner][name]).max()))
            np.testing.assert_allclose(
                in_lanes[owner][name], array, rtol=1e-4, atol=rounding + 2e-5 * np.abs(array).max(),
                err_msg=f"{owner}.{name}",
            )  # fmt: skip
    assert moved > 1e-2, "nothing was trained"


def test_every_layer_is_here_with_ranges_wherever_a_lane_has_its_own():
    seen, ranged = set(), set()
    for network in (family() for family in FAMILIES):
        for layer in (node.layer for node in network.nodes):
            seen.add(layer.kind)
            ranged |= {
                (layer.kind, name)
                for name, value, role in parts_of(layer)
                if role in (Role.TRACED, Role.WIDTH) and isinstance(value, Range | Choice)
            }
    assert seen >= set(LAYERS)
    own = {
        (kind, field.name)
        for kind, cls in LAYERS.items()
        for field in cls.__dataclass_fields__.values()
        if field.metadata.get("role") in (Role.TRACED, Role.WIDTH)
    }
    assert own
    assert ranged == own
