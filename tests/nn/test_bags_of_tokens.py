"""Bags of vectors, numbers of runs of tokens, dropout of tokens: values, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal import (
    Choice,
    EmbeddingBag,
    HashedNGrams,
    Input,
    Int,
    Network,
    Sequential,
    TokenDropout,
)
from shoal.errors import NetworkError
from shoal.nn import initialize, network_from_json
from shoal.nn.forward import forward
from shoal.nn.layer import Context

TOKENS = np.array([[1, 2, 0, 0], [4, 4, 3, 1], [0, 0, 0, 0]], np.int32)
PREDICTING = Context(training=False)


def training(key):
    return Context(training=True, key=jnp.asarray([key, 7], jnp.uint32))


@pytest.mark.parametrize(("mode", "counts"), [
    ("mean", [2, 4, 1]), ("sqrtn", [2**0.5, 2, 1]), ("sum", [1, 1, 1]),
])  # fmt: skip
def test_a_bag_divides_the_sum_of_its_tokens_vectors(mode, counts):
    weight = np.arange(15, dtype=np.float32).reshape(5, 3) + 1
    bag = EmbeddingBag(5, 3, mode=mode)
    found = bag.apply({"weight": jnp.asarray(weight)}, jnp.asarray(TOKENS), context=PREDICTING)
    sums = np.array([weight[[1, 2]].sum(0), weight[[4, 4, 3, 1]].sum(0), np.zeros(3)])
    np.testing.assert_allclose(found, sums / np.array(counts)[:, None], rtol=1e-6)


def test_without_padding_every_token_counts():
    weight = np.arange(10, dtype=np.float32).reshape(5, 2)
    bag = EmbeddingBag(5, 2, padding=None)
    found = bag.apply({"weight": jnp.asarray(weight)}, jnp.asarray(TOKENS), context=PREDICTING)
    np.testing.assert_allclose(found, weight[TOKENS].mean(axis=1), rtol=1e-6)


def test_a_bag_begins_and_learns_as_an_embedding_does():
    network = Sequential(EmbeddingBag(5, 4), input_shape=(4,))
    params = initialize(network, 3)
    assert not params["embedding_bag_1"]["weight"][0].any()
    grow = jax.grad(lambda p: forward(network, p, jnp.asarray(TOKENS)).sum())(params)
    np.testing.assert_allclose(
        grow["embedding_bag_1"]["weight"][:, 0], [0.0, 0.75, 0.5, 0.25, 0.5], rtol=1e-6
    )
    odd = forward(network, params, jnp.asarray([[1, 5, 0, 0]], jnp.int32))
    assert np.isnan(odd).all()  # no token of the vocabulary, and no other's vector


ROWS = st.lists(st.lists(st.integers(0, 6), min_size=5, max_size=5), min_size=1, max_size=4)


@given(ROWS, st.integers(2, 4), st.integers(1, 50))
def test_equal_runs_have_one_number_and_padding_is_in_none(rows, n, buckets):
    x = np.array(rows, np.int32)
    layer = HashedNGrams(7, buckets, n)
    found = np.asarray(layer.apply({}, jnp.asarray(x), context=PREDICTING))
    assert found.dtype == np.int32
    assert found.shape[1:] == layer.out_shape((5,))
    np.testing.assert_array_equal(found[:, :5], x)
    numbers, at = {}, 5
    for k in range(2, n + 1):
        for place in range(5 - k + 1):
            for row, number in zip(x, found[:, at], strict=True):
                run = tuple(row[place : place + k].tolist())
                assert number == 0 if 0 in run else 7 <= number < 7 + buckets
                assert numbers.setdefault(run, number) == number
            at += 1


def test_a_row_has_no_runs_longer_than_itself():
    layer = HashedNGrams(7, 5, n=4)
    assert layer.out_shape((2,)) == (3,)
    found = layer.apply({}, jnp.asarray([[1, 2], [0, 3]], jnp.int32), context=PREDICTING)
    assert found.shape == (2, 3)
    assert layer.apply({}, jnp.asarray([[4]], jnp.int32), context=PREDICTING).tolist() == [[4]]


def test_runs_are_spread_over_the_buckets_and_have_an_order():
    x = np.array([[a, b] for a in range(1, 101) for b in range(1, 101)], np.int32)
    layer = HashedNGrams(101, 1000)
    found = np.asarray(layer.apply({}, jnp.asarray(x), context=PREDICTING))[:, 2]
    counts = np.bincount(found - 101, minlength=1000)
    assert counts.min() > 0  # ten on average
    assert counts.max() < 30
    turned = np.asarray(layer.apply({}, jnp.asarray(x[:, ::-1]), context=PREDICTING))[:, 2]
    assert (found != turned).mean() > 0.98
    # The same on every machine: models know buckets by their numbers.
    for row in (0, 1, 9999):
        assert found[row] == 101 + written_out(*x[row].tolist()) % 1000


def written_out(a, b):
    """The hash of a pair in whole numbers without end."""
    h = (a * 0x9E3779B1 + b) % 2**32
    h = (h ^ (h >> 16)) * 0x7FEB352D % 2**32
    h = (h ^ (h >> 15)) * 0x846CA68B % 2**32
    return h ^ (h >> 16)


def test_so_many_tokens_are_dropped_and_none_when_predicting():
    x = jnp.ones((400, 50), jnp.int32) * 3
    layer = TokenDropout(0.3)
    found = np.asarray(layer.apply({}, x, context=training(1)))
    assert set(np.unique(found)) == {0, 3}
    assert (found == 0).mean() == pytest.approx(0.3, abs=0.01)
    np.testing.assert_array_equal(layer.apply({}, x, context=PREDICTING), x)
    np.testing.assert_array_equal(TokenDropout(0.0).apply({}, x, context=training(1)), x)
    again = np.asarray(layer.apply({}, x, context=training(2)))
    assert (found != again).any()
    # A row's noise depends on its place alone, not on how many rows or tokens there are.
    few = np.asarray(layer.apply({}, x[:7, :20], context=training(1)))
    np.testing.assert_array_equal(few, found[:7, :20])


def test_a_family_reads_back():
    x = Input((6,))
    h = HashedNGrams(9, Choice(4, 8), n=2)(TokenDropout(Choice(0.0, 0.2))(x))
    family = Network(EmbeddingBag(17, Int(2, 5), mode=Choice("mean", "sum"))(h))
    assert network_from_json(family.to_json()).to_json() == family.to_json()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EmbeddingBag(5, 3, mode="max"), "known by name; expected mean, sqrtn, sum; rec"),
        (lambda: EmbeddingBag(5, 3, mode=Choice("sum", 1)), "known by name; .* received 1"),
        (lambda: HashedNGrams(5, 0), "buckets is a whole number; expected at least 1"),
        (lambda: HashedNGrams(5, 3, n=1), "n is a whole number; expected at least 2"),
        (lambda: TokenDropout(1.0), "a dropout rate is a probability below one"),
        (
            lambda: Sequential(HashedNGrams(5, 9, n=3), input_shape=(2, 2, 1)),
            r"layer hashed_ngrams_1: runs are of rows of tokens; expected shape \(length,\)",
        ),
        (
            lambda: Sequential(HashedNGrams(2**31 - 1, 9), input_shape=(4,)),
            "tokens and buckets are numbered together",
        ),
        (
            lambda: Sequential(TokenDropout(), input_shape=(3, 3, 1)),
            r"a TokenDropout takes rows of tokens; expected shape \(length,\)",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


@pytest.mark.parametrize("layer", [HashedNGrams(5, 9), TokenDropout(0.1)])
def test_numbers_that_are_no_tokens_are_refused(layer):
    with pytest.raises(NetworkError, match=r"whole numbers; .* received numbers of type float32"):
        layer.apply({}, jnp.ones((2, 4), jnp.float32), context=PREDICTING)
