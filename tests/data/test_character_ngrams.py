"""Character n-grams of words: those of scikit-learn, and a text's row of them."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from shoal.data.encode.character_ngrams import CharacterNGrams
from shoal.data.encode.tokens import TextEncoder, Tokenization

TEXTS = [
    "Win a FREE prize now!", "", "a", "   ", "猫が好きです", "😀😀 ok 👍🏽", "naïve ﬁne Ⅳ",
    "\x00\x01", "word " * 300, "unbroken" * 500,
]  # fmt: skip


@given(st.text(max_size=40), st.integers(1, 5), st.integers(0, 3))
def test_the_ngrams_are_those_of_scikit_learn(text, shortest, more):
    sizes = (shortest, shortest + more)
    oracle = CountVectorizer(analyzer="char_wb", ngram_range=sizes, lowercase=False)
    ngrams = CharacterNGrams(*sizes, 10)
    found = [gram for word in text.split() for gram in ngrams.of_word(word)]
    # scikit-learn takes several characters for spaces only where they are none for str.split.
    assert found == oracle.build_analyzer()(" ".join(text.split()))


def test_a_row_holds_the_first_hashes_and_then_zeros():
    ngrams = CharacterNGrams(3, 4, 10)
    found = ngrams.encode(["We win", "", "we"], 7, lowercase=True)
    assert found.dtype == np.int32
    grams = [" we", "we ", " we ", " wi", "win", "in ", " win"]
    hashes = [zlib.crc32(gram.encode()) % 2**31 for gram in grams]
    assert found.tolist() == [hashes, [0] * 7, [*hashes[:3], 0, 0, 0, 0]]
    assert hashes[0] == 447407380  # the same in every version: models know buckets by them
    capital = ngrams.encode(["We"], 3, lowercase=False)[0]
    assert (capital == found[0, :3]).tolist() == [False, False, False]


def test_a_word_without_end_is_read_as_far_as_its_row_goes():
    ngrams, text = CharacterNGrams(2, 5, 1), "xyz" * 10_000
    found = ngrams.encode([text, text[:1000]], 50, lowercase=True)
    expected = [zlib.crc32(f" {text}"[i : i + 2].encode()) % 2**31 for i in range(50)]
    assert found.tolist() == [expected, expected]


@pytest.fixture(scope="module")
def encoder():
    texts = [*TEXTS, *(f"message number {i} of many" for i in range(30))]
    return TextEncoder.fit(texts, None, Tokenization(300, length=9), CharacterNGrams(3, 5, 4))


def test_a_text_is_read_alone_as_among_others(encoder):
    rows = encoder.encode(TEXTS, "texts")
    assert rows.shape == (len(TEXTS), 9 * 5) == (len(TEXTS), *encoder.shape)
    for text, row in zip(TEXTS, rows, strict=True):
        np.testing.assert_array_equal(encoder.encode([text], "texts")[0], row)
    assert not rows[1].any()


def test_the_tokens_are_those_of_an_encoder_without_ngrams(encoder):
    texts = [*TEXTS, *(f"message number {i} of many" for i in range(30))]
    plain = TextEncoder.fit(texts, None, Tokenization(300, length=9))
    np.testing.assert_array_equal(
        encoder.encode(TEXTS, "texts")[:, :9], plain.encode(TEXTS, "texts")
    )
    assert encoder.decode(encoder.encode(TEXTS[:1], "texts")) == plain.decode(
        plain.encode(TEXTS[:1], "texts")
    )


def test_an_encoder_reads_back(encoder):
    again = TextEncoder.from_json(encoder.to_json())
    assert again == encoder
    assert (
        "ngrams"
        not in TextEncoder.from_json(
            {k: v for k, v in encoder.to_json().items() if k != "ngrams"}
        ).to_json()
    )


@pytest.mark.parametrize(
    "ngrams",
    [
        {"min_n": 3, "max_n": 2, "per_token": 4}, {"min_n": 0, "max_n": 2, "per_token": 4},
        {"min_n": 3, "max_n": 4, "per_token": 10**9}, {"min_n": True, "max_n": 4, "per_token": 4},
        {"min_n": 3, "max_n": 4}, None, [3, 5, 4],
    ],
    ids=["order", "zero", "large", "flag", "missing", "none", "list"],
)  # fmt: skip
def test_a_damaged_encoder_is_refused(encoder, ngrams):
    with pytest.raises((KeyError, TypeError, ValueError)):
        TextEncoder.from_json({**encoder.to_json(), "ngrams": ngrams})
