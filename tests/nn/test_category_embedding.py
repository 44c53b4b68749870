"""Embeddings of categories: vectors by hand, their sizes, narrow lanes, what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest
from lane_oracle import check, random_params

from shoal import (
    CategoryEmbedding,
    Choice,
    Dense,
    FeatureScale,
    Int,
    PBLDEmbedding,
    PiecewiseLinearEmbedding,
    Sequential,
    Space,
    identity,
    network_from_json,
    relu,
)
from shoal.errors import NetworkError
from shoal.nn import initialize, with_features
from shoal.nn.forward import forward
from shoal.nn.layers.category_embedding import usual_size


def rows():
    """Two numbers, a column of 3 categories and one of 5; in the last row neither has any."""
    x = np.zeros((5, 10), np.float32)
    x[:, :2] = np.random.default_rng(0).normal(size=(5, 2))
    for row, (few, many) in enumerate([(0, 4), (2, 0), (1, 2), (0, 4)]):
        x[row, 2 + few] = x[row, 5 + many] = 1
    return x


def test_vectors_of_columns_with_many_and_the_rest_as_it_is():
    network = Sequential(CategoryEmbedding(2, one_hot=3, categories=(3, 5)), input_shape=(10,))
    params = random_params(network, 1)
    (owner,) = params
    assert {name: weight.shape for name, weight in params[owner].items()} == {"weight_2": (5, 2)}
    weight = params[owner]["weight_2"]
    h = np.asarray(forward(network, params, jnp.asarray(rows())))
    np.testing.assert_array_equal(h[:, :5], rows()[:, :5])
    np.testing.assert_array_equal(h[:, 5:], rows()[:, 5:] @ weight)
    np.testing.assert_array_equal(h[:4, 5:], weight[[4, 0, 2, 4]])
    np.testing.assert_array_equal(h[4, 5:], [0, 0])


def test_sizes():
    # 1.6 n^0.56, computed apart with a slide rule's precision.
    assert [usual_size(n) for n in (1, 2, 10, 100, 1000)] == [2, 2, 6, 21, 77]
    layer = CategoryEmbedding(50, categories=(1000, 100, 64), one_hot=64)
    assert layer.out_shape((1170,)) == (6 + 50 + 21 + 64,)
    usual = CategoryEmbedding(categories=(1000, 100, 64))
    assert usual.out_shape((1170,)) == (6 + 8 + 8 + 64,)
    assert CategoryEmbedding().out_shape((7,)) == (7,)


def test_initial_vectors_are_drawn_with_their_deviation():
    layer = CategoryEmbedding(50, deviation=0.25, categories=(900,))
    network = Sequential(layer, input_shape=(900,))
    (own,) = initialize(network, 0).values()
    assert np.std(own["weight_1"]) == pytest.approx(0.25, rel=0.02)


def test_a_narrow_lane_is_the_narrow_network():
    def written(size, units):
        embedding = CategoryEmbedding(size, one_hot=2, categories=(3, 5, 2, 4))
        return Sequential(embedding, Dense(units), relu, Dense(1), input_shape=(16,))

    for narrow in ((1, 2), (2, 5), (3, 4)):
        check(written(4, 5), written(*narrow))


def told(*layers):
    network = with_features(Sequential(*layers), 2, (3, 5))
    return [
        option.categories
        for node in network.nodes
        for option in (node.layer.options if isinstance(node.layer, Choice) else (node.layer,))
        if isinstance(option, CategoryEmbedding)
    ]


def test_the_data_tell_the_categories_where_they_still_are_the_last_features():
    ours = CategoryEmbedding()
    assert told(ours) == told(Choice(ours, CategoryEmbedding(8)))[:1] == [(3, 5)]
    assert told(PiecewiseLinearEmbedding(4), ours) == [(3, 5)]
    assert told(Choice(PiecewiseLinearEmbedding(4), PBLDEmbedding(), identity), ours) == [(3, 5)]
    assert told(CategoryEmbedding(categories=(2,))) == [(2,)]
    for before in (FeatureScale(), Dense(4), Choice(identity, Dense(10))):  # else than one-hot
        assert told(before, ours) == [None]
    numeric = with_features(Sequential(identity, PBLDEmbedding()), 2, (3, 5)).nodes[1].layer
    assert numeric.numeric == 2


def test_through_json():
    family = Sequential(
        CategoryEmbedding(Int(2, 8), one_hot=9, categories=(3, 50)), Dense(1), input_shape=(60,)
    )
    again = network_from_json(family.to_json())
    assert again.to_json() == family.to_json()
    assert {entry.role.name for entry in Space(again)} == {"WIDTH"}
    assert again.nodes[0].layer.categories == (3, 50)


def test_what_is_refused():
    with pytest.raises(NetworkError, match="the last ones of the input; expected at most 7"):
        CategoryEmbedding(categories=(5, 3)).out_shape((7,))
    with pytest.raises(NetworkError, match="takes flat features"):
        CategoryEmbedding(categories=(5,)).out_shape((7, 2))
    for wrong in ({"features": 0}, {"one_hot": -1}, {"categories": (0,)}, {"categories": 5}):
        with pytest.raises(NetworkError):
            CategoryEmbedding(**wrong)
    with pytest.raises(NetworkError):
        CategoryEmbedding(deviation=-1.0)
