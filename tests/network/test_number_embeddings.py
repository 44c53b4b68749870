"""Embeddings of numbers by waves: layout, first weights, narrow lanes, and what is refused."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from lane_oracle import check, random_params

from shoal import (
    Choice,
    Concat,
    Dense,
    Float,
    Input,
    Int,
    Network,
    PBLDEmbedding,
    PeriodicEmbedding,
    Sequential,
    Space,
    network_from_json,
    tanh,
)
from shoal.errors import NetworkError
from shoal.network import feature_masks, forward

KINDS = [PeriodicEmbedding, PBLDEmbedding]
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
        (lambda: PBLDEmbedding(numeric=0), "numeric is a whole number; expected at least 1; rec"),
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
