"""Texts as data: what they are, their tokens, and how they are split."""

import json
import sys
import unicodedata
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_problems import messages, written_messages

from shoal.data import Dataset, Preprocessing, Tokenization
from shoal.data.encode.tokens import LONGEST, TextEncoder
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.errors import DataError

CHARACTERS = st.characters(exclude_categories=("Cs",))
TEXTS = st.lists(st.text(CHARACTERS, max_size=30), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def encoder():
    return TextEncoder.fit(messages().x.tolist(), "message", Tokenization(300, lowercase=False))


def test_a_list_an_array_and_a_column_of_strings_are_texts():
    texts = ["one two", "", "three"]
    for x in (texts, np.array(texts), np.array(texts, object), pd.Series(texts, name="said")):
        dataset = Dataset.from_arrays(x, [0, 1, 1])
        assert (dataset.kind, dataset.x.tolist()) == ("text", texts)
        assert dataset.tokenization == Tokenization()
    assert dataset.text == "said"
    assert dataset.describe() == "arrays: 3 texts of 'said', classification into 2 classes"


@pytest.mark.parametrize(
    ("x", "received"),
    [
        (["a", None], r"None at index 1"),
        (["a", 3], r"3 at index 1"),
        ("a text", r"received str. A single text is written \[text\]"),
        (np.zeros((2, 3)), r"an array of shape \(2, 3\)"),
        (7, "received int"),
        ([], "received nothing"),
    ],
)
def test_what_is_no_texts(encoder, x, received):
    with pytest.raises(DataError, match=f"inputs are texts.*{received}"):
        encoder.encode(x, "inputs")


@pytest.mark.parametrize(
    "wanted",
    [{"vocabulary": 256}, {"vocabulary": 300.0}, {"vocabulary": True}, {"length": 0},
     {"lowercase": 1}],
)  # fmt: skip
def test_a_tokenization_that_makes_no_sense(wanted):
    with pytest.raises(DataError, match=rf"{next(iter(wanted))} is .*received"):
        Tokenization(**wanted)


def test_only_texts_become_tokens():
    with pytest.raises(DataError, match=r"only texts become tokens.*received a table"):
        Dataset.from_arrays(np.zeros((3, 2)), [0, 1, 0], tokenization=Tokenization())


@given(TEXTS)
def test_a_text_comes_back_from_its_tokens(encoder, texts):
    wide = replace(encoder, length=200)
    tokens = wide.encode(texts, "inputs")
    assert (tokens.dtype, tokens.shape) == (np.int32, (len(texts), 200))
    assert tokens.min() >= 0
    assert tokens.max() < wide.vocabulary
    said = [unicodedata.normalize("NFKC", text).strip() for text in texts]
    assert [text.strip() for text in wide.decode(tokens)] == said


@given(TEXTS, st.integers(1, 12))
def test_a_text_is_cut_or_filled_up_at_its_end(encoder, texts, length):
    whole = replace(encoder, length=200).encode(texts, "inputs")
    cut = replace(encoder, length=length).encode(texts, "inputs")
    np.testing.assert_array_equal(cut, whole[:, :length])
    for row in whole:  # nothing but padding after the first padding
        assert not row[np.argmin(row != 0) :].any()


def test_half_a_character_is_no_reason_to_fail(encoder):
    assert encoder.encode(["a \ud83d b"], "inputs").any()


def test_the_name_of_a_padding_is_a_text_like_others(encoder):
    assert (encoder.encode(["[PAD] <pad>"], "inputs")[0] > 0).sum() >= 8


def test_capitals_are_small_letters_if_asked():
    texts = messages().x.tolist()
    small = TextEncoder.fit(texts, None, Tokenization(300, lowercase=True))
    both = small.encode(["WIN a Prize", "win a prize"], "inputs")
    np.testing.assert_array_equal(both[0], both[1])
    other = TextEncoder.fit(texts, None, Tokenization(300, lowercase=False)).encode(
        ["WIN", "win"], "inputs"
    )
    assert (other[0] != other[1]).any()


def test_the_length_is_that_of_nearly_all_texts():
    texts = ["win"] * 98 + ["win " * 40] * 2
    assert TextEncoder.fit(texts, None, Tokenization()).length < 5
    assert TextEncoder.fit(["win " * 999], None, Tokenization()).length == LONGEST
    assert TextEncoder.fit(["win " * 999], None, Tokenization(length=300)).length == 300
    assert TextEncoder.fit(["", ""], None, Tokenization()).length == 1


def test_the_vocabulary_has_room_for_padding_and_what_occurs_once_is_not_learned():
    texts = written_messages(200)[0]
    assert TextEncoder.fit(texts, None, Tokenization(280)).vocabulary == 280
    rare = TextEncoder.fit(["wonderful"], None, Tokenization(400))
    assert (rare.vocabulary, rare.merges) == (257, ())


def test_only_training_rows_are_fitted():
    data = messages()
    parts = split(data)
    changed = data.x.copy()
    changed[np.concatenate([parts.validation, parts.test])] = "zzzz zzzz zzzz " * 9
    first, second = (Preprocessing.fit(d, parts.train) for d in (data, replace(data, x=changed)))
    assert first == second
    other = data.x.copy()
    other[parts.train] = "zzzz zzzz"
    assert Preprocessing.fit(replace(data, x=other), parts.train) != first


def test_prepared_texts_are_whole_numbers():
    data = messages()
    prepared = prepare(data, split(data))
    assert (prepared.kind, prepared.train.x.dtype) == ("text", np.int32)
    assert prepared.input_shape == prepared.test.x.shape[1:]
    again = prepare(data, prepared.split, fitted=prepared.preprocessing)
    np.testing.assert_array_equal(again.validation.x, prepared.validation.x)


def test_json_makes_the_same_encoder(encoder):
    made = TextEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert made == encoder
    np.testing.assert_array_equal(
        made.encode(messages().x, "inputs"), encoder.encode(messages().x, "inputs")
    )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"pieces": ["a"]}, "every byte among them"),
        ({"pieces": ["a"] * 300}, "different pieces"),
        ({"pieces": list(range(300))}, "str, not 0"),
        ({"merges": [["a", "nowhere"]]}, "merges of pieces"),
        ({"merges": [["a"]]}, "unpack"),
        ({"length": 0}, "a length in tokens"),
        ({"length": 1.5}, "a length in tokens"),
        ({"length": 2**40}, "a length in tokens"),
        ({"column": 3}, "a column that is a name"),
        ({"lowercase": 1}, "bool, not 1"),
    ],
)
def test_json_that_is_no_encoder(encoder, change, match):
    preprocessing = Preprocessing("classification", encoder, ("ham", "spam")).to_json()
    preprocessing["encoder"] |= change
    with pytest.raises(DataError, match=f"a preprocessing that shoal wrote.*{match}"):
        Preprocessing.from_json(preprocessing)


def test_a_tables_column_is_found_by_its_name(encoder):
    frame = pd.DataFrame({"other": ["x"], "message": ["win now"]})
    expected = encoder.encode(["win now"], "inputs")
    np.testing.assert_array_equal(encoder.encode(frame, "inputs"), expected)
    np.testing.assert_array_equal(encoder.encode(frame[["message"]], "inputs"), expected)
    with pytest.raises(DataError, match="expected column 'message'; received columns 'a', 'b'"):
        encoder.encode(pd.DataFrame({"a": ["x"], "b": ["y"]}), "inputs")


def test_without_the_library_the_message_says_what_to_install(encoder, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    match = r"not installed\. Install it with: pip install 'shoal\[text\]'"
    with pytest.raises(DataError, match=match):
        prepare(messages(), split(messages()))
    unread = TextEncoder.from_json(encoder.to_json())  # a model file is read all the same
    with pytest.raises(DataError, match=match):
        unread.encode(["a"], "inputs")


@given(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=24, max_size=60),
       st.integers(0, 99))  # fmt: skip
def test_a_text_that_occurs_again_stays_in_its_part(texts, seed):
    texts = [*"abcdefghijkl", *texts]
    labels = ["ab"[ord(text) % 2] for text in texts]
    data = Dataset.from_arrays(texts, labels)
    parts = split(data, seed=seed)
    rows = [parts.train, parts.validation, parts.test]
    assert sorted(np.concatenate(rows)) == list(range(len(texts)))
    held = [{texts[i] for i in part} for part in rows]
    assert all(held)
    assert sum(map(len, held)) == len(set(texts))
    again = len(texts) - len(set(texts))
    assert data.notes[0].startswith(f"{again} texts occur again")
