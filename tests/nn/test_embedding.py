"""Embeddings: padding, tokens outside the vocabulary, narrow lanes, and what is refused."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import Choice, Dense, Embedding, Flatten, Float, Int, Sequential, Space, tanh
from shoal.errors import NetworkError
from shoal.nn import (
    Widths,
    active_of,
    feature_masks,
    initialize,
    narrow_down,
    network_from_json,
    ranks_of,
    widen,
)
from shoal.nn.forward import forward

TOKENS = jnp.asarray([[1, 2, 0, 0], [4, 4, 3, 1]], jnp.int32)


def written(features, **fields):
    return Sequential(
        Embedding(5, features, **fields), Flatten(), Dense(3), tanh, Dense(2), input_shape=(4,)
    )


def value_and_gradients(network, params, widths=None):
    def value(params):
        y = forward(network, params, TOKENS, widths=widths or Widths())
        return (y * jnp.asarray([[1.0, -2.0], [0.5, 3.0]])).sum(), y

    (_, y), gradients = jax.value_and_grad(value, has_aux=True)(params)
    return y, gradients


def test_the_paddings_vector_is_zero_and_stays_so():
    network = written(6)
    params = initialize(network, 3)
    table = params["embedding_1"]["weight"]
    assert table.shape == (5, 6)
    assert not table[0].any()
    assert table[1:].all()
    _, gradients = value_and_gradients(network, params)
    assert not gradients["embedding_1"]["weight"][0].any()
    assert gradients["embedding_1"]["weight"][1:].all()
    # Whatever a file has in the padding's row, it is never read.
    for number in (1.0, np.nan):
        spoiled = table.copy()
        spoiled[0] = number
        other = {**params, "embedding_1": {"weight": spoiled}}
        np.testing.assert_array_equal(
            forward(network, other, TOKENS), forward(network, params, TOKENS)
        )


def test_without_padding_every_token_has_a_vector():
    table = initialize(written(6, padding=None), 3)["embedding_1"]["weight"]
    assert table.all()


def test_initial_vectors_have_the_deviation_asked_for():
    table = initialize(Sequential(Embedding(500, 40, deviation=0.3), input_shape=(2,)), 1)
    assert np.std(table["embedding_1"]["weight"][1:]) == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("token", [-1, 5, 2**31 - 1])
def test_a_token_outside_the_vocabulary_is_nan_and_no_other_token(token):
    network = Sequential(Embedding(5, 3), input_shape=(2,))
    y = forward(network, initialize(network, 0), jnp.asarray([[1, token]], jnp.int32))
    assert np.isfinite(y[0, 0]).all()
    assert np.isnan(y[0, 1]).all()


def test_a_narrow_lane_is_the_narrow_network():
    wide, narrow = written(6), written(2)
    masks = feature_masks(wide, narrow)
    params = initialize(narrow, 7)
    masked = {name: mask for name, mask in masks.items() if not mask.all()}
    widths = Widths(
        {name: jnp.asarray(mask, jnp.float32) for name, mask in masked.items()},
        {name: jnp.asarray(ranks_of(mask)) for name, mask in masked.items()},
        {name: jnp.int32(active_of(mask)) for name, mask in masked.items()},
    )
    assert masks["flatten_1"].tolist() == [True, True, False, False, False, False] * 4
    y, gradients = value_and_gradients(narrow, params)
    wide_y, wide_gradients = value_and_gradients(wide, widen(params, wide, masks), widths)
    np.testing.assert_allclose(wide_y, y, rtol=1e-6)
    wide_gradients = jax.tree.map(np.asarray, wide_gradients)
    own = narrow_down(wide_gradients, wide, masks)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), own, gradients)
    jax.tree.map(np.testing.assert_array_equal, widen(own, wide, masks), wide_gradients)


def test_a_family_reads_back():
    family = written(Int(2, 8), padding=Choice(None, 0), deviation=Float(0.01, 1.0, log=True))
    again = network_from_json(family.to_json())
    assert again.to_json() == family.to_json()
    names = ["embedding_1.features", "embedding_1.padding", "embedding_1.deviation"]
    assert Space(family).names() == names


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Embedding(0, 4), r"vocabulary is a whole number; expected at least 1; received 0"),
        (lambda: Embedding(5, Float(1, 4)), r"features is a whole number; expected an Int"),
        (lambda: Embedding(5, 4, padding=-1), r"padding is a whole number; expected at least 0"),
        (lambda: Embedding(5, 4, padding=Choice(0, "no")), r"padding is a whole .*received 'no'"),
        (lambda: Embedding(5, 4, deviation=-1.0), r"deviation lies in its bounds; .* -1\.0"),
        (
            lambda: Sequential(Embedding(5, 4, padding=5), input_shape=(3,)),
            r"layer embedding_1: the padding is a token of the vocabulary; expected below 5; r",
        ),
        (
            lambda: Sequential(Embedding(5, 4), input_shape=(3, 3, 1)),
            r"embedding_1: an Embedding takes rows of tokens; expected shape \(length,\); rec",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_numbers_that_are_no_tokens_are_refused():
    network = written(3)
    with pytest.raises(NetworkError, match=r"takes whole numbers; .* received numbers of type f"):
        forward(network, initialize(network, 0), jnp.ones((2, 4)))
