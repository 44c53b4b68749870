"""Layers that take tokens and character n-grams apart: values, and what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest

from shoal import (
    CharacterNGrams,
    Choice,
    Concat,
    Dense,
    EmbeddingBag,
    Input,
    Int,
    Network,
    Sequential,
    TokenDropout,
    Tokens,
)
from shoal.errors import NetworkError
from shoal.nn import network_from_json
from shoal.nn.forward import forward
from shoal.nn.layer import Context

PREDICTING = Context(training=False)
ROWS = np.array([[5, 6, 101, 102, 0, 0], [5, 0, 2**31 - 1, 0, 0, 0]], np.int32)


def written_out(h):
    """The hash's bits mixed, in whole numbers without end."""
    h = (h ^ (h >> 16)) * 0x7FEB352D % 2**32
    h = (h ^ (h >> 15)) * 0x846CA68B % 2**32
    return h ^ (h >> 16)


def test_a_row_is_taken_apart():
    tokens = Tokens(per_token=2).apply({}, jnp.asarray(ROWS), context=PREDICTING)
    np.testing.assert_array_equal(tokens, ROWS[:, :2])
    layer = CharacterNGrams(1000, per_token=2)
    found = layer.apply({}, jnp.asarray(ROWS), context=PREDICTING)
    assert found.dtype == np.int32
    expected = [
        [1 + written_out(h) % 1000 if h else 0 for h in row] for row in ROWS[:, 2:].tolist()
    ]
    assert found.tolist() == expected
    assert (layer.out_shape((6,)), Tokens(2).out_shape((6,))) == ((4,), (2,))


def test_hashes_are_spread_over_the_buckets():
    x = np.arange(1, 30_001, dtype=np.int32).reshape(1000, 30)
    found = CharacterNGrams(1000, per_token=2).apply({}, jnp.asarray(x), context=PREDICTING)
    counts = np.bincount(np.asarray(found).ravel(), minlength=1001)
    assert counts[0] == 0
    assert (counts[1:].min() > 0, counts.max() < 50) == (True, True)  # 20 on average


def test_vectors_of_words_and_of_their_ngrams_stand_side_by_side():
    """Against torch.nn.functional.embedding_bag(mode="mean", padding_idx=0), values stored."""
    words = np.linspace(-1.0, 1.0, 18).reshape(9, 2).round(2)
    grams = np.linspace(0.5, -2.5, 44).reshape(22, 2).round(2)
    row = Input((6,))
    tokens = EmbeddingBag(9, 2)(Tokens(2)(row))
    ngrams = EmbeddingBag(22, 2)(CharacterNGrams(21, per_token=2)(row))
    network = Network(Concat()(tokens, ngrams))
    params = {
        "embedding_bag_1": {"weight": jnp.asarray(words, jnp.float32)},
        "embedding_bag_2": {"weight": jnp.asarray(grams, jnp.float32)},
    }
    assert [1 + written_out(h) % 21 for h in (101, 102, 2**31 - 1)] == [13, 4, 7]
    expected = [[0.295, 0.41, -0.685, -0.755], [0.18, 0.29, -0.48, -0.55]]
    np.testing.assert_allclose(forward(network, params, jnp.asarray(ROWS)), expected, rtol=1e-5)


def test_a_family_reads_back():
    row = TokenDropout(0.1)(Input())
    ngrams = EmbeddingBag(50, Int(2, 5))(CharacterNGrams(Choice(9, 49), 2, 3, 4)(row))
    family = Network(Dense(2)(Concat()(EmbeddingBag(9, 2)(Tokens(4)(row)), ngrams)))
    assert network_from_json(family.to_json()).to_json() == family.to_json()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CharacterNGrams(0), "buckets is a whole number; expected at least 1"),
        (lambda: CharacterNGrams(9, 4, 3), "no shorter than the shortest; expected max_n of at"),
        (lambda: CharacterNGrams(9, Int(2, 3)), "min_n decides how texts are read.* a range"),
        (lambda: CharacterNGrams(9, 3, 99), "max_n is a small number; expected at most 20"),
        (lambda: Tokens(Choice(3, 4)), "per_token decides how texts are read"),
        (lambda: Tokens(0), "per_token is a whole number; expected at least 1"),
        (
            lambda: Sequential(Tokens(4), input_shape=(9,)),
            r"layer tokens_1: a Tokens layer takes rows of tokens with 4 .* a multiple of 5; rec",
        ),
        (
            lambda: Sequential(CharacterNGrams(9, per_token=2), input_shape=(3, 3)),
            r"CharacterNGrams layer takes rows .* received shape \(3, 3\)",
        ),
    ],
    ids=["buckets", "order", "range", "long", "choice", "none", "parts", "shape"],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


@pytest.mark.parametrize("layer", [CharacterNGrams(9, per_token=1), Tokens(1)], ids=["n", "t"])
def test_numbers_that_are_no_tokens_are_refused(layer):
    with pytest.raises(NetworkError, match=r"takes whole numbers; .* numbers of type float32"):
        layer.apply({}, jnp.ones((2, 4), jnp.float32), context=PREDICTING)
