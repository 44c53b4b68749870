"""Embeddings of numbers by waves: layout, first weights, narrow lanes, and what is refused."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lane_oracle import check, random_params

from shoal import (
    Choice,
    Concat,
    Dense,
    FeatureScale,
    Float,
    Input,
    Int,
    Network,
    PBLDEmbedding,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Sequential,
    Space,
    network_from_json,
    tanh,
)
from shoal.errors import NetworkError
from shoal.nn import Context, feature_masks, initialize, with_features
from shoal.nn.forward import forward
from shoal.nn.layers.piecewise_linear import NEAREST, _edges

KINDS = [PeriodicEmbedding, PBLDEmbedding]
ALL_KINDS = [*KINDS, PiecewiseLinearEmbedding]
kinds = pytest.mark.parametrize("kind", KINDS)
X = np.random.default_rng(3).normal(size=(4, 5)).astype(np.float32)


def computed(layer, x=X):
    """The output of the layer alone, and its parameters."""
    network = Sequential(layer, input_shape=x.shape[1:])
    params = random_params(network, 2)
    return np.asarray(forward(network, params, jnp.asarray(x))), params[network.nodes[0].name]


def test_the_waves_of_each_number_by_hand():
    y, own = computed(PeriodicEmbedding(7, 3, 0.5, numeric=2))
    assert y.shape == (4, 2 * 3 + 3)
    for j in range(2):
        angle = 2 * np.pi * np.outer(X[:, j], own["frequency"][j])
        waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
        expected = np.maximum(0, waves @ own["weight"][j] + own["bias"][j])
        np.testing.assert_allclose(y[:, 3 * j : 3 * j + 3], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(y[:, 6:], X[:, 2:])


def test_numbers_stand_beside_their_waves_by_hand():
    y, own = computed(PBLDEmbedding(7, 4, 0.5, numeric=2))
    assert y.shape == (4, 2 * 4 + 3)
    for j in range(2):
        waves = np.cos(2 * np.pi * (np.outer(X[:, j], own["frequency"][j]) + own["phase"][j]))
        expected = waves @ own["weight"][j] + own["bias"][j]
        np.testing.assert_allclose(y[:, 3 * j : 3 * j + 3], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(y[:, 6:], X)


@kinds
def test_all_features_are_embedded_unless_a_number_is_given(kind):
    whole, _ = computed(kind(3, 4))
    assert whole.shape == (4, 20)
    np.testing.assert_array_equal(whole, computed(kind(3, 4, numeric=5))[0])


@kinds
def test_the_first_weights_are_those_of_the_paper(kind):
    layer = kind(100, 30, 0.25)
    own = layer.init(np.random.default_rng(0), (40,))
    assert np.std(own["frequency"]) == pytest.approx(0.25, rel=0.03)
    assert abs(np.mean(own["frequency"])) < 0.02
    limit = 1 / np.sqrt(own["weight"].shape[1])
    for name in ("weight", "bias"):
        assert np.abs(own[name]).max() == pytest.approx(limit, rel=0.03)
        assert np.std(own[name]) == pytest.approx(limit / np.sqrt(3), rel=0.05)
    if kind is PBLDEmbedding:
        assert own["phase"].min() == pytest.approx(-0.5, abs=0.01)
        assert own["phase"].max() == pytest.approx(0.5, abs=0.01)
    decays = {name for name, spec in layer.param_specs((40,)).items() if spec.decays}
    assert decays == {"weight"}


@pytest.mark.parametrize(("numeric", "bounded"), [(None, True), (2, False)])
@kinds
def test_a_narrow_lane_is_the_narrow_network(kind, numeric, bounded):
    """Outputs of each feature, the features themselves, and both at once."""

    def written(width, features):
        embedded = kind(3, features, numeric=numeric)
        return Sequential(Dense(width), tanh, embedded, Dense(2), input_shape=(3,))

    for narrow in ((5, 2), (3, 3)):
        check(written(5, 6), written(*narrow), bounded)


@kinds
def test_features_that_stand_apart_are_masked_apart(kind):
    def written(a, b):
        x = Input((3,))
        return Network(Dense(2)(kind(2, 3)(Concat()(Dense(a)(x), Dense(b)(x)))))

    check(written(3, 2), written(2, 1))
    masks = feature_masks(written(3, 2), written(2, 1))
    own = [True, True, False, True, False]
    passing = [] if kind is PeriodicEmbedding else own
    learned = 3 if kind is PeriodicEmbedding else 2
    assert masks[f"{kind.kind}_1"].tolist() == list(np.repeat(own, learned)) + passing


@kinds
def test_the_first_features_must_be_the_same_ones_in_every_lane(kind):
    def written(a, b):
        x = Input((3,))
        return Network(Dense(2)(kind(2, 3, numeric=3)(Concat()(Dense(a)(x), Dense(b)(x)))))

    with pytest.raises(NetworkError, match="numeric features are the same in every network of a f"):
        feature_masks(written(3, 2), written(2, 2))


@kinds
def test_a_family_reads_back(kind):
    family = Sequential(
        kind(Choice(8, 16), Int(2, 8), Float(0.01, 1.0, log=True), numeric=Choice(None, 2)),
        Dense(1), input_shape=(4,),
    )  # fmt: skip
    again = network_from_json(family.to_json())
    assert again.to_json() == family.to_json()
    fields = {entry.name.partition(".")[2]: entry.role.name for entry in Space(again)}
    assert fields == {
        "frequencies": "STATIC", "features": "WIDTH", "deviation": "HOST", "numeric": "STATIC",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_table_without_numbers_passes_as_it_is(kind):
    network = Sequential(kind(numeric=0), input_shape=(5,))
    assert network.param_specs() == initialize(network, 0) == {}
    np.testing.assert_array_equal(forward(network, {}, jnp.asarray(X)), X)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_network_is_told_which_features_are_numbers(kind):
    width, same = Int(2, 4), Choice(None, kind())
    x = Input()
    own = same(x) if kind is PiecewiseLinearEmbedding else same(FeatureScale()(x))
    later = PBLDEmbedding()(Dense(width)(Concat()(own, kind(numeric=1)(x))))
    told = with_features(Network(Dense(width)(later)), 3, ())
    layers = {node.name: node.layer for node in told.nodes}
    assert layers["choice_1"].options[0] is None
    assert layers["choice_1"].options[1].numeric == 3
    assert layers[f"{kind.kind}_1"].numeric == 1
    assert layers["dense_1"].units is width
    assert layers["dense_2"].units is width
    deep = [layer for layer in layers.values() if isinstance(layer, PBLDEmbedding)][-1]
    assert deep.numeric is None
    assert with_features(told, 4, ()) is told
    plain = Network(Dense(3)(kind()(x)))
    assert with_features(plain, None, ()) is plain


def test_equations_say_which_features():
    text = Sequential(PBLDEmbedding(numeric=2), Dense(1), input_shape=(4,)).equations().text
    assert "[cos(2 π (ω₁[j] x[j] + φ₁[j])) W₁[j] + b₁[j], x[j]]" in text
    assert "n = 2, K = 16" in text
    assert "n = all, K = 16" in Sequential(PeriodicEmbedding(), Dense(1)).equations().text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PeriodicEmbedding(0), "frequencies is a whole number; expected at least 1; rec"),
        (lambda: PeriodicEmbedding(features=0), "features is a whole number; expected at least 1"),
        (lambda: PBLDEmbedding(features=1), "features is a whole number; expected at least 2; re"),
        (lambda: PBLDEmbedding(features=Int(1, 4)), "features is a whole number; expected at leas"),
        (lambda: PBLDEmbedding(deviation=-0.1), r"deviation lies in its bounds; .* -0\.1"),
        (lambda: PBLDEmbedding(numeric=-1), "numeric is a whole number; expected at least 0; rec"),
        (lambda: PBLDEmbedding(numeric=Choice(None, "x")), "numeric is a whole .* received 'x'"),
        (
            lambda: Sequential(PeriodicEmbedding(numeric=4), input_shape=(3,)),
            "periodic_embedding_1: the numeric features are the first ones of the input; expected "
            "at most 3; received 4",
        ),
        (
            lambda: Sequential(PBLDEmbedding(), input_shape=(3, 3, 1)),
            r"layer pbld_embedding_1: PBLDEmbedding takes flat features; expected shape \(featu",
        ),
        (
            lambda: Sequential(PeriodicEmbedding(1, 2**31 - 1), input_shape=(3,)),
            "an axis has less than 2.31 numbers",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def embedded(column, bins):
    """What a feature becomes, and what the layer keeps of it; fitted on its own values."""
    layer, x = PiecewiseLinearEmbedding(bins), np.asarray(column, np.float32)[:, np.newaxis]
    own = layer.adapt(layer.init(np.random.default_rng(0), (1,)), x)

    def apply(x):
        return np.asarray(layer.apply(own, jnp.asarray(x), context=Context(False)))

    return apply, own


def by_the_paper(x, edges):
    """Shares of each bin that a value has come through, the outermost ones without an end."""
    shares = (x[:, np.newaxis] - edges[:-1]) / np.diff(edges)
    low = np.where(np.arange(len(edges) - 1) == 0, -3, 0)
    high = np.where(np.arange(len(edges) - 1) == len(edges) - 2, 4, 1)
    return np.clip(shares, low, high)


def test_bins_are_those_of_the_quantiles_by_hand():
    rng = np.random.default_rng(1)
    column = rng.gamma(2.0, size=500).astype(np.float32)
    apply, own = embedded(column, 7)
    edges = np.quantile(column, np.linspace(0, 1, 8), method="nearest").astype(np.float64)
    np.testing.assert_array_equal(own["edge"][0], edges[:-1])
    shares = by_the_paper(column.astype(np.float64), edges)
    assert shares.min() >= 0
    assert shares.max() <= 1
    np.testing.assert_allclose(own["mean"][0], shares.mean(axis=0), atol=1e-6)
    new = np.array([-50.0, -0.5, 0.1, 1.0, 3.0, edges[-1] + 0.3, 1e30])
    found = apply(new[:, np.newaxis].astype(np.float32))
    np.testing.assert_allclose(found, by_the_paper(new, edges) - own["mean"][0], atol=2e-5)


@pytest.mark.parametrize(
    ("column", "edges"),
    [
        ([0, 1, 1, 0, 1], [0, 1]),
        ([3, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 50], [1, 2, 3, 50]),
        ([2.5] * 6, [2.5]),
        ([7.0], [7.0]),
        ([0, 1e-12, 1], [0, 1]),
        # More values than edges: a frequent one has its own, quantiles of the others the rest.
        ([0.0] * 90 + list(range(1, 11)), [0, 1, 3, 5, 8, 10]),
        ([-1e36, 0, 1e36], [-1e36, 0, 1e36]),
    ],
)
def test_few_values_are_their_own_edges_and_other_bins_are_nothing(column, edges):
    bins = 5
    apply, own = embedded(column, bins)
    edges = np.float64(edges)
    there = len(edges) - 1
    found = apply(np.float32(column)[:, np.newaxis])
    assert found.shape == (len(column), bins)
    assert not found[:, there:].any()
    assert (own["slope"][0] > 0).sum() == there
    if there:
        shares = by_the_paper(np.float64(column), edges)
        np.testing.assert_allclose(found[:, :there], shares - shares.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize(
    ("bins", "counts", "expected"),
    [
        (4, {0: 60, **dict.fromkeys(range(1, 41), 1)}, [0, 1, 14, 27, 40]),
        # Without the first, 1 has as large a share of the others as an edge's.
        (3, {0: 90, 1: 4, **dict.fromkeys(range(2, 8), 1)}, [0, 1, 2, 7]),
        (4, {-9: 40, 0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 9: 40}, [-9, 0, 2, 4, 9]),
        # The ends of the others come before the last of the frequent ones.
        (2, {-1: 1, 0: 100, 1: 90, 2: 1}, [-1, 0, 2]),
        (1, {0: 90, 1: 1, 2: 1}, [0, 2]),
    ],
)
def test_frequent_values_have_edges_of_their_own(bins, counts, expected):
    column = np.repeat(np.float32([*counts]), [*counts.values()])
    np.testing.assert_array_equal(_edges(column, bins), expected)


@given(
    st.lists(
        st.tuples(st.integers(-30, 30) | st.floats(-1e6, 1e6, width=32), st.integers(1, 40)),
        min_size=1, max_size=40, unique_by=lambda each: each[0],
    ),
    st.integers(1, 12),
)  # fmt: skip
def test_edges_of_any_column(values, bins):
    column = np.sort(np.repeat(np.float32([v for v, _ in values]), [n for _, n in values]))
    edges = _edges(column, bins)
    different, counts = np.unique(column, return_counts=True)
    assert 1 <= len(edges) <= bins + 1
    assert (np.diff(edges) > 0).all()
    assert np.isin(edges, column).all()
    nearest = NEAREST * float(column[-1] - column[0])
    assert edges[0] == column[0]
    assert column[-1] - edges[-1] <= nearest
    often = different[counts * (bins + 1) >= len(column)]
    if len(different) <= bins + 1:
        often = different
    if len(often) < bins or len(often) == len(different):
        # Or one so near that float32 tells them hardly apart.
        assert (np.abs(often[:, np.newaxis] - edges).min(axis=1) <= nearest).all()


def test_a_narrow_lane_has_the_bins_of_the_narrow_network():
    def written(bins, units):
        x = Input((4,))
        both = Concat()(PiecewiseLinearEmbedding(bins, numeric=3)(x), x)
        return Network(Dense(2)(tanh(Dense(units)(both))))

    check(written(6, 5), written(2, 3))
    check(written(6, 5), written(6, 4))
