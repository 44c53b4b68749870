"""Layers of maps: narrow lanes, what may be ranged and what may not, shapes, noise."""

from __future__ import annotations

import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lane_oracle import check

from shoal import (
    AvgPool,
    ChannelDropout,
    Choice,
    Concat,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    DepthwiseConv,
    Flatten,
    Float,
    GaussianNoise,
    GlobalAvgPool,
    GlobalMaxPool,
    Input,
    Int,
    MaxPool,
    Multiply,
    Network,
    Pad,
    Reshape,
    Sequential,
    Space,
    UpSample,
    network_from_json,
    relu,
    sigmoid,
    tanh,
)
from shoal.errors import NetworkError
from shoal.nn import Context, feature_masks, initialize, ranks_of
from shoal.nn.forward import forward
from shoal.nn.layers import pooling
from shoal.nn.layers.pooling import FEW, METHODS

KEY = jnp.asarray([11, 5], jnp.uint32)


# --- narrow lanes ----------------------------------------------------------------


def lines(n):
    """One direction."""
    return Sequential(
        Conv(n, kernel_size=4, dilation=2), sigmoid, AvgPool(2), DepthwiseConv(2), tanh,
        ConvTranspose(n + 1, stride=2), UpSample(2, "bilinear"), Pad(((1, 2),), "reflect"),
        MaxPool(3, padding="same"), GlobalMaxPool(), Dense(3),
        input_shape=(9, 2),
    )  # fmt: skip


def planes(n):
    """Two directions: multiplied widths, gates, noise, reshaped and cut."""
    x = Input((6, 5, 2))
    h = ChannelDropout(0.3)(GaussianNoise(0.2)(sigmoid(Conv(n, dilation=(1, 2))(x))))
    gate = sigmoid(Dense(n)(GlobalAvgPool()(h)))
    h = Multiply()(h, gate, tanh(h))
    h = DepthwiseConv(n, kernel_size=(2, 3))(Pad(((0, 1), 2), "edge")(h))
    h = Crop((1, (0, 2)))(UpSample((1, 2))(h))
    flat = Reshape((-1,))(h)
    rows = Reshape((5, -1))(h)
    rows = Flatten()(Conv(n, kernel_size=2)(rows))
    return Network(Dense(3)(Concat()(flat, rows)))


def volumes(n):
    """Three directions."""
    return Sequential(
        Conv(n, stride=(2, 1, 1)), relu, DepthwiseConv(1, kernel_size=2), AvgPool((1, 2, 1)),
        ConvTranspose(n, kernel_size=(3, 1, 2), stride=(2, 1, 1)), sigmoid, MaxPool(2),
        ChannelDropout(0.4), GlobalAvgPool(), Dense(2), input_shape=(4, 4, 3, 2),
    )  # fmt: skip


def groups(n):
    """Grouped after grouped, and an ordinary one after that."""
    x = Input((4, 5, 6))
    h = sigmoid(Conv(3 * n, groups=3)(x))
    h = tanh(Conv(3 * n + 3, groups=3, stride=2)(ChannelDropout(0.3)(h)))
    return Network(Dense(3)(Flatten()(Conv(n, kernel_size=1)(h))))


@pytest.mark.parametrize("written", [lines, planes, volumes, groups])
def test_a_lane_is_the_narrow_network(written):
    check(written(5), written(2))


def test_masks_of_groups_and_multiples_by_hand():
    masks = feature_masks(groups(2), groups(1))
    assert masks["conv_1"].tolist() == [True, False] * 3
    assert masks["conv_2"].tolist() == [True, True, False] * 3

    def multiplied(a, m):
        return Sequential(Conv(a), DepthwiseConv(m), input_shape=(3, 3, 1))

    masks = feature_masks(multiplied(3, 2), multiplied(2, 1))
    assert masks["depthwise_conv_1"].tolist() == [True, False, True, False, False, False]


def test_noise_that_reaches_the_output_is_masked():
    def written(n):
        return Sequential(Dense(n), GaussianNoise(0.5), input_shape=(3,))

    check(written(6), written(4))


# --- what cannot be ranged -------------------------------------------------------


def apart(first, second, **fields):
    return Sequential(Conv(first), Conv(second, **fields), input_shape=(4, 4, 4))


def test_leading_channels_do_not_go_into_groups():
    with pytest.raises(
        NetworkError,
        match=r"layer conv_2: a grouped convolution takes channels that each lane has alike in ev"
        r".* received lanes with \[4, 0\] channels of the groups\. Fix the width before it, grou",
    ):
        feature_masks(apart(8, 4, groups=2), apart(4, 4, groups=2))


def test_groups_meet_only_groups_of_their_number():
    def written(n):
        return Sequential(Conv(n, groups=2), Conv(4, groups=4), input_shape=(4, 4, 4))

    with pytest.raises(NetworkError, match=r"layer conv_2: a grouped convolution takes channels"):
        feature_masks(written(8), written(4))


@pytest.mark.parametrize(
    ("shape", "fits"),
    [((-1,), True), ((4, 3, -1), True), ((6, -1), True), ((5, -1), False), ((-1, 8), False),
     ((2, 2, 3, 8), False)],
)  # fmt: skip
def test_what_a_reshape_leaves_in_the_last_axis_may_be_masked(shape, fits):
    def written(n):
        return Sequential(Conv(n), Reshape(shape), Flatten(), Dense(2), input_shape=(4, 3, 5))

    if not fits:
        # As the rule says: the narrow network itself can be built or cannot.
        with pytest.raises(NetworkError):
            feature_masks(written(8), written(4))
        return
    check(written(8), written(4))


def test_the_message_of_a_reshape_that_would_move_widths():
    def written(n):
        return Sequential(Dense(n), Reshape((4, -1)), input_shape=(3,))

    with pytest.raises(
        NetworkError,
        match=r"layer reshape_1: widths that differ by lane stay in the last axis; expected .* "
        r"received shape \(4, -1\) for an input of shape \(8,\)\. End the shape in -1, or fix",
    ):
        feature_masks(written(8), written(4))
    assert feature_masks(written(8), written(8))["reshape_1"].tolist() == [True, True]


def test_widths_that_multiply_only_by_chance_are_refused():
    def written(a, b):
        x = Input((3,))
        return Network(Multiply()(Dense(a)(x), Concat()(Dense(b)(x), Dense(4)(x))))

    with pytest.raises(NetworkError, match=r"layer multiply_1: inputs that are multiplied have th"):
        feature_masks(written(8, 4), written(6, 2))


# --- fields ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv(6, groups=4), r"groups divide the channels; expected a multiple of 4; rec"),
        (lambda: Conv(Int(4, 8), groups=2), r"groups divide the channels; .* received 5\. Write"),
        (lambda: Conv(Choice(4, 6), groups=4), r"groups divide the channels; .* received 6"),
        (lambda: Conv(4, groups=0), r"groups is a whole number; expected at least 1; received 0"),
        (lambda: Conv(4, dilation=0), r"dilation is a whole number; .* received 0"),
        (lambda: DepthwiseConv(0), r"multiplier is a whole number; .* received 0"),
        (lambda: DepthwiseConv(Float(1, 2)), r"multiplier is a whole number; expected an Int or"),
        (lambda: ConvTranspose(4, padding="full"), r"padding is 'same', 'valid' or a number"),
        (lambda: AvgPool((2, 0)), r"pool_size is a whole number; expected at least 1; received 0"),
        (lambda: UpSample(2, "cubic"), r"known by name; expected nearest, bilinear; received 'cu"),
        (lambda: UpSample(2, Choice("nearest", 1)), r"known by name; .* received 1"),
        (lambda: UpSample(1.5), r"factor is a whole number; expected at least 1; received 1\.5"),
        (lambda: Reshape(4), r"a shape is a tuple of numbers; expected for example \(7, 7, -1\)"),
        (lambda: Reshape(()), r"a shape is a tuple of numbers; .* received \(\)"),
        (lambda: Reshape((-1, 2, -1)), r"one axis of a shape may be -1; received \(-1, 2, -1\)"),
        (lambda: Reshape((2, 0)), r"an axis of a shape is a whole number; .* received 0"),
        (lambda: Reshape(Choice((2, 3), "x")), r"a shape is a tuple of numbers; .*received 'x'"),
        (lambda: Pad(-1), r"cells is a whole number; expected at least 0; received -1"),
        (lambda: Pad(((1, 2, 3),)), r"cells are a number, or for each direction a number or"),
        (lambda: Pad(()), r"cells are a number, .* expected for example 2, or \(\(0, 1\), 3\)"),
        (lambda: Pad(1, "wrap"), r"a mode of padding is known by name; expected zero, edge, refl"),
        (lambda: Crop((1, 1, 1, 1)), r"cells are a number, .* received \(1, 1, 1, 1\)"),
        (lambda: ChannelDropout(1), r"a dropout rate is a probability below one; .* received 1"),
        (lambda: GaussianNoise(-1.0), r"stddev is a number of at least 0; received -1\.0"),
        (lambda: GaussianNoise(Float(-1, 1)), r"stddev is a number of at least 0; received -1"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Conv(6, groups=3), (4, 4, 4), r"conv_1: groups divide the channels of its input; exp.* 3"),
        (Conv(6, kernel_size=(3, 3)), (9, 2), r"kernel_size has one number for each direction of "
         r"the map; expected a number, or a tuple of 1; received \(3, 3\)"),
        (Conv(6, dilation=3, padding="valid"), (6, 6, 2), r"a filter fits into the map; expected a "
         r"map of at least 7×7; received 6×6"),
        (Conv(6), (2, 2, 2, 2, 2), r"a Conv layer takes maps; expected shape \(height, width, ch"),
        (DepthwiseConv(), (5,), r"a DepthwiseConv layer takes maps; .* received shape \(5,\)"),
        (ConvTranspose(3), (5,), r"a ConvTranspose layer takes maps"),
        (ConvTranspose(3, padding=2), (2, 1, 4), r"padding leaves a part of the map; expected at "
         r"most 1 cells on every side; received 2"),
        (AvgPool(5), (4, 4, 1), r"avg_pool_1: a window fits into the map; .* at least 5×5"),
        (AvgPool(2, stride=(1, 1, 1)), (4, 4, 1), r"stride has one number for each direction"),
        (MaxPool((2, 2)), (9, 3), r"pool_size has one number for each direction of the map"),
        (GlobalAvgPool(), (4,), r"a GlobalAvgPool layer takes maps; .* received shape \(4,\)"),
        (GlobalMaxPool(), (4,), r"a GlobalMaxPool layer takes maps"),
        (UpSample((2, 2)), (4, 1), r"factor has one number for each direction"),
        (Reshape((5, 5)), (4, 4, 2), r"a shape has as many numbers as the input; expected 32 in "
         r"all, for an input of shape \(4, 4, 2\); received shape \(5, 5\)"),
        (Reshape((5, -1)), (4, 4, 2), r"a shape has as many numbers as the input; .* \(5, -1\)"),
        (Pad((1, 1)), (4, 1), r"cells are given for each direction of the map; expected a number"),
        (Pad(4, "reflect"), (4, 4, 1), r"a map reflects fewer cells than it has; expected at most "
         r"3; received 4"),
        (Crop(((1, 3), 0)), (4, 4, 1), r"a crop leaves a part of the map; expected fewer cells tha"
         r"n 4×4; received 4×0 cut off"),
        (ChannelDropout(), (4,), r"a ChannelDropout layer takes maps"),
    ],
)  # fmt: skip
def test_a_shape_that_does_not_fit_is_refused(layer, shape, message):
    with pytest.raises(NetworkError, match=message):
        Sequential(layer, input_shape=shape)


@pytest.mark.parametrize(
    "layer",
    [
        Conv(Choice(4, 8), kernel_size=(1, 2, 3), dilation=Int(1, 2), groups=Choice(1, 2)),
        DepthwiseConv(Int(1, 3), stride=(1, 2), initialization=Choice("he", "lecun")),
        ConvTranspose(Int(1, 4), padding=Choice("same", 1), dilation=(1, 2)),
        AvgPool((Int(1, 2), 3), padding="same"),
        GlobalAvgPool(),
        GlobalMaxPool(),
        UpSample(Choice(2, (1, 3)), Choice("nearest", "bilinear")),
        Reshape(Choice((2, -1), (-1,))),
        Pad(((Int(0, 1), 2), Choice(1, 2)), Choice("zero", "edge")),
        Crop((1, (0, Int(0, 1)))),
        ChannelDropout(Float(0.0, 0.5)),
        GaussianNoise(Choice(0.1, 0.2)),
    ],
    ids=lambda layer: layer.kind,
)
def test_a_range_may_stand_in_every_field_and_goes_through_json(layer):
    family = Sequential(layer)
    again = network_from_json(json.loads(json.dumps(family.to_json())))
    assert again.to_json() == family.to_json()
    assert str(again) == str(family)


def test_factors_of_other_shapes_are_refused():
    x = Input((4, 4, 3))
    with pytest.raises(
        NetworkError,
        match=r"layer multiply_1: inputs that are multiplied have one shape, or are one number a "
        r"channel; expected shape \(4, 4, 3\) or \(3,\); received shape \(4, 4, 2\)",
    ):
        Network(Multiply()(x, Conv(2)(x)))


@pytest.mark.parametrize(
    ("layer", "given", "shape"),
    [
        (Conv(4, dilation=2), (7, 6, 3), (7, 6, 4)),
        (Conv(4, dilation=2, padding="valid"), (7, 6, 3), (3, 2, 4)),
        (Conv(4, stride=2), (7, 3), (4, 4)),
        (Conv(4, kernel_size=(1, 2, 3), padding="valid"), (4, 4, 4, 3), (4, 3, 2, 4)),
        (DepthwiseConv(2, stride=2), (7, 6, 3), (4, 3, 6)),
        (ConvTranspose(4, stride=(2, 3)), (7, 6, 3), (14, 18, 4)),
        (ConvTranspose(4, stride=2, padding="valid"), (7, 6, 3), (15, 13, 4)),
        (ConvTranspose(4, kernel_size=4, stride=2, padding=1), (7, 6, 3), (14, 12, 4)),
        (AvgPool(), (7, 6, 3), (3, 3, 3)),
        (AvgPool(3, stride=2, padding="same"), (7, 3), (4, 3)),
        (MaxPool((1, 2, 2)), (3, 4, 6, 2), (3, 2, 3, 2)),
        (GlobalAvgPool(), (3, 4, 6, 2), (2,)),
        (GlobalMaxPool(), (7, 2), (2,)),
        (UpSample((2, 3)), (7, 6, 3), (14, 18, 3)),
        (UpSample(2, "bilinear"), (7, 3), (14, 3)),
        (Reshape((2, -1)), (7, 6, 3), (2, 63)),
        (Pad(((1, 2), 0)), (7, 6, 3), (10, 6, 3)),
        (Crop((1, (2, 3))), (7, 6, 3), (5, 1, 3)),
        (ChannelDropout(), (7, 6, 3), (7, 6, 3)),
        (GaussianNoise(), (6,), (6,)),
    ],
)
def test_the_shape_told_is_the_shape_computed(layer, given, shape):
    network = Sequential(layer, input_shape=given)
    assert network.output_shape == shape
    params = initialize(network, 0)
    x = jax.ShapeDtypeStruct((2, *given), jnp.float32)
    assert jax.eval_shape(lambda p, x: forward(network, p, x), params, x).shape == (2, *shape)


def test_multiply_adds_of_filters():
    assert Conv(8, groups=2).multiply_adds((4, 4, 6)) == 4 * 4 * (9 * 3 * 8 + 8)
    assert DepthwiseConv(2).multiply_adds((4, 4, 6)) == 4 * 4 * (9 * 12 + 12)
    assert ConvTranspose(8, stride=2).multiply_adds((4, 4, 6)) == 4 * 4 * 9 * 6 * 8


def test_weights_are_drawn_for_what_a_filter_sees():
    def limit(layer):
        weight = initialize(Sequential(layer, input_shape=(4, 4, 64)), 0)
        return np.abs(next(iter(weight.values()))["weight"]).max()

    def expected(fan_in, fan_out):
        return pytest.approx(math.sqrt(6 / (fan_in + fan_out)), rel=0.02)

    assert limit(Conv(128, groups=4)) == expected(9 * 16, 9 * 32)
    assert limit(DepthwiseConv(2)) == expected(9, 18)
    assert limit(ConvTranspose(32)) == expected(9 * 64, 9 * 32)


# --- values by hand --------------------------------------------------------------


def of(layer, x):
    return np.asarray(layer.apply({}, jnp.asarray(x, jnp.float32), context=Context(False)))


def test_bilinear_values_by_hand():
    line = np.array([[[0.0], [4.0]]])
    assert of(UpSample(2, "bilinear"), line).ravel().tolist() == [0, 1, 3, 4]
    assert of(UpSample(2), line).ravel().tolist() == [0, 0, 4, 4]


def test_the_first_of_equal_values_takes_the_gradient_of_a_global_maximum():
    x = jnp.asarray([[[1.0], [3.0], [3.0]]])
    grad = jax.grad(lambda x: GlobalMaxPool().apply({}, x, context=Context(False)).sum())(x)
    assert grad.ravel().tolist() == [0, 1, 0]
    assert np.isnan(of(GlobalMaxPool(), [[[1.0], [np.nan]]])).all()


def test_the_first_of_equal_values_takes_the_gradient_in_a_volume():
    x = jnp.ones((1, 2, 2, 2, 1))
    grad = jax.grad(lambda x: MaxPool(2).apply({}, x, context=Context(False)).sum())(x)
    assert grad.ravel().tolist() == [1, 0, 0, 0, 0, 0, 0, 0]


# --- noise -----------------------------------------------------------------------


def noisy(layer, x, key=KEY, **context):
    return np.asarray(layer.apply({}, x, context=Context(training=True, key=key, **context)))


def test_a_channel_is_off_as_a_whole():
    h = noisy(ChannelDropout(0.3), jnp.ones((400, 3, 2, 50)))
    assert (h == h[:, :1, :1]).all()
    off = h[:, 0, 0] == 0
    assert abs(off.mean() - 0.3) < 5 * math.sqrt(0.21 / off.size)
    np.testing.assert_allclose(h[h != 0], 1 / 0.7, rtol=1e-6)
    assert all(abs(share - 0.3) < 5 * math.sqrt(0.21 / 400) for share in off.mean(axis=0))


def test_noise_is_normal_and_scaled():
    n = noisy(GaussianNoise(2.0), jnp.zeros((200, 10, 100))).ravel() / 2
    assert abs(n.mean()) < 5 / math.sqrt(n.size)
    assert abs(n.var() - 1) < 5 * math.sqrt(2 / n.size)
    assert abs((n**3).mean()) < 5 * math.sqrt(15 / n.size)
    assert abs((n**4).mean() - 3) < 5 * math.sqrt(96 / n.size)
    for bound, share in [(1.0, 0.682689), (2.0, 0.9545), (3.0, 0.9973)]:
        spread = math.sqrt(share * (1 - share) / n.size)
        assert abs((np.abs(n) < bound).mean() - share) < 5 * spread
    assert np.abs(n).max() < 5.4


def test_neighbors_draw_independently():
    n = noisy(GaussianNoise(1.0), jnp.zeros((300, 200)))
    for a, b in [(n[1:], n[:-1]), (n[:, 1:], n[:, :-1]), (n[1:, 1:], n[:-1, :-1])]:
        assert abs((a * b).mean()) < 5 / math.sqrt(a.size)


@pytest.mark.parametrize("layer", [ChannelDropout(0.5), GaussianNoise(1.0)])
def test_noise_is_keyed_by_key_example_and_feature(layer):
    x = jnp.ones((20, 4, 8))
    h = noisy(layer, x)
    np.testing.assert_array_equal(noisy(layer, x), h)
    np.testing.assert_array_equal(noisy(layer, x[:5]), h[:5])
    assert (noisy(layer, x, jnp.asarray([11, 6], jnp.uint32)) != h).any()
    mask = np.array([1, 0, 1, 1, 0, 0, 1, 1], bool)
    wide = x * jnp.broadcast_to(jnp.asarray(mask, jnp.float32), x.shape)
    masked = noisy(layer, wide, ranks=jnp.asarray(ranks_of(mask)), mask=jnp.asarray(mask, "f4"))
    np.testing.assert_allclose(masked[..., mask], noisy(layer, x[..., :5]), rtol=1e-6)
    assert not masked[..., ~mask].any()


@pytest.mark.parametrize("layer", [ChannelDropout(0.0), GaussianNoise(0.0)])
def test_no_noise_at_zero_nor_when_predicting(layer):
    x = jnp.ones((3, 4, 5))
    np.testing.assert_array_equal(noisy(layer, x), x)
    louder = type(layer)(0.9)
    np.testing.assert_array_equal(louder.apply({}, x, context=Context(training=False)), x)


def test_amounts_of_noise_are_traced():
    family = Sequential(
        Conv(2), ChannelDropout(Float(0.0, 0.5)), GaussianNoise(Float(0.0, 1.0)), Flatten()
    )
    assert Space(family).names() == ["channel_dropout_1.rate", "gaussian_noise_1.stddev"]
    x, compiled = jnp.ones((3, 4, 5)), []

    @jax.jit
    def run(rate, stddev, x):
        compiled.append(1)
        context = Context(training=True, key=KEY)
        h = ChannelDropout(rate).apply({}, x, context=context)
        return GaussianNoise(stddev).apply({}, h, context=context)

    for rate, stddev in [(0.0, 0.5), (0.4, 0.0), (0.3, 2.0)]:
        plain = noisy(GaussianNoise(stddev), jnp.asarray(noisy(ChannelDropout(rate), x)))
        np.testing.assert_allclose(run(rate, stddev, x), plain, rtol=1e-5, atol=1e-6)
    assert len(compiled) == 1


@pytest.mark.parametrize("factor", [FEW + 1, 40])
@pytest.mark.parametrize("method", METHODS)
def test_large_factors_give_what_small_ones_would(factor, method, monkeypatch):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 2)).astype(np.float32)
    layer = UpSample((factor, 1), method=method)
    at_once = layer.apply({}, jnp.asarray(x), context=Context(training=False))
    monkeypatch.setattr(pooling, "FEW", 10**6)
    by_place = layer.apply({}, jnp.asarray(x), context=Context(training=False))
    assert at_once.dtype == by_place.dtype
    np.testing.assert_allclose(at_once, by_place, rtol=1e-6, atol=1e-6)


def test_a_factor_of_thousands_is_compiled_at_once():
    layer = UpSample(4000, method="bilinear")
    y = layer.apply({}, jnp.ones((1, 1, 1, 1)), context=Context(training=False))
    assert y.shape == (1, 4000, 4000, 1)
    assert float(y.min()) == float(y.max()) == 1.0
