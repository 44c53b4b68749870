"""Data that say which rows train, validate and test; a split keeps to it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.data import Dataset, fold
from shoal.data.splitting.parts import checked_parts
from shoal.data.splitting.split import split
from shoal.data.splitting.unseen_rows import digest_of
from shoal.errors import DataError


def rows_of(parts, classes=2):
    n = len(parts)
    x = np.arange(n, dtype=float)[:, None]
    return Dataset.from_arrays(x, np.arange(n) % classes, parts=parts)


@settings(deadline=None, max_examples=100)
@given(
    counts=st.tuples(st.integers(12, 30), st.integers(0, 9), st.integers(0, 9)),
    seed=st.integers(0, 99),
)
def test_given_rows_stay_and_what_lacks_is_drawn_from_training(counts, seed):
    parts = np.repeat(["train", "validation", "test"], counts)
    parts = np.random.default_rng(seed).permutation(parts)
    data = rows_of(parts)
    data = replace(data, y=np.random.default_rng(seed).permutation(data.y))
    data.y[np.flatnonzero(parts == "train")[:6]] = [0, 0, 0, 1, 1, 1]
    made = split(data, seed=seed, validation=0.25, test=0.2)
    together = np.concatenate([made.train, made.validation, made.test])
    assert sorted(together) == list(range(len(data)))
    trained = counts[0]
    for name, own, share in (("validation", made.validation, 0.25), ("test", made.test, 0.2)):
        if (parts == name).any():
            assert own.tolist() == np.flatnonzero(parts == name).tolist()
        else:
            assert (parts[own] == "train").all()
            assert abs(len(own) - share * trained) <= 1
    assert (parts[made.train] == "train").all()


def test_no_test_rows_are_drawn_where_none_are_wanted():
    data = rows_of(["train"] * 8 + ["validation"] * 4)
    made = split(data, test=0.0)
    assert (made.train.tolist(), made.validation.tolist()) == ([*range(8)], [*range(8, 12)])
    assert len(made.test) == 0


def test_rows_for_validation_by_hand_go_before_those_of_the_data():
    data = rows_of(["train"] * 8 + ["validation"] * 4 + ["test"] * 2)
    made = split(data, validation=[0, 12])
    assert (made.validation.tolist(), made.test.tolist()) == ([0, 12], [13])


def test_folds_are_of_training_and_validation_rows():
    data = rows_of(["train"] * 8 + ["validation"] * 4 + ["test"] * 2)
    assert fold(data, split(data), 3).train.tolist() == list(range(12))


def test_rows_keep_their_parts_and_the_digest_tells_of_them():
    data = rows_of([0, 0, 1, 2, 0, 0])
    assert data.rows(np.array([3, 0])).parts.tolist() == [2, 0]
    assert data.test_rows.tolist() == [3]
    plain = replace(data, parts=None)
    assert plain.test_rows is None
    assert digest_of(plain) != digest_of(data)
    assert digest_of(data) != digest_of(replace(data, parts=np.array([0, 0, 2, 1, 0, 0], np.int8)))


def test_repeated_rows_are_told_by_part():
    x = np.array([[1.0], [2.0], [3.0], [1.0], [2.0], [3.0], [4.0], [1.0]])
    parts = ["train"] * 3 + ["validation"] * 3 + ["test"] * 2
    notes = Dataset.from_arrays(x, [0, 1, 0, 0, 1, 0, 1, 0], parts=parts).notes
    assert any("1 of the 2 rows that are for the test are among the others" in n for n in notes)
    assert any("3 of the 3 rows that are for the validation are among" in n for n in notes)


def test_a_class_without_training_rows_is_refused():
    data = Dataset.from_arrays(
        np.arange(8.0)[:, None], list("ababaacc"), parts=["train"] * 6 + ["test"] * 2
    )
    with pytest.raises(DataError, match="has rows for training; received none of 'c'"):
        split(data)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (["train"], "expected 3 parts; received shape"),
        (["train", "val", "test"], "a row is for training, validation or the test"),
        ([0, 1, 3], "a row is for training, validation or the test"),
        ([0.0, 1.0, 2.0], "a row is for training, validation or the test"),
        ([1, 1, 2], "some rows are for training"),
    ],
    ids=["count", "name", "code", "fraction", "none"],
)
def test_parts_that_are_none(parts, told):
    with pytest.raises(DataError, match=told):
        checked_parts(parts, 3, "data")
