"""What a model remembers of its test rows: found again in its own data, never in others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_problems import blobs

from shoal.data import Dataset
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.data.splitting.unseen_rows import (
    describe_unseen_rows,
    pack_rows,
    unpack_rows,
    unseen_rows_in,
)
from shoal.errors import DataError


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=70))
def test_rows_come_back_from_their_text(taken):
    rows = np.flatnonzero(taken)
    np.testing.assert_array_equal(unpack_rows(pack_rows(rows, len(taken)), len(taken)), rows)


@pytest.mark.parametrize("text", ["", "no base64!", "AAAA", None, 7, pack_rows(np.arange(3), 99)])
def test_other_texts_are_refused(text):
    with pytest.raises(DataError, match="packed rows have a bit for each row"):
        unpack_rows(text, 20)


def told_of(data):
    prepared = prepare(data, split(data, seed=1))
    return describe_unseen_rows(prepared, len(data)), prepared


def test_the_test_rows_are_found_in_the_data_whatever_their_name():
    data = blobs()
    told, prepared = told_of(data)
    again = Dataset.from_arrays(data.x.copy(), np.asarray(data.y), name="elsewhere")
    found = unseen_rows_in(told, again, prepared.preprocessing)
    np.testing.assert_array_equal(found, prepared.split.test)


def test_other_data_have_none():
    data = blobs()
    told, prepared = told_of(data)
    x = data.x.copy()
    x[prepared.split.test[0]] += 1.0
    others = [
        Dataset.from_arrays(x, data.y),
        Dataset.from_arrays(data.x[:-1], data.y[:-1]),
        Dataset.from_arrays(data.x[::-1].copy(), data.y[::-1].copy()),
        Dataset.from_arrays(data.x, (data.y + 1) % 3),
        Dataset.from_arrays(data.x[:, :1], data.y),
        Dataset.from_arrays(data.x),
    ]
    for other in others:
        assert unseen_rows_in(told, other, prepared.preprocessing) is None


@pytest.mark.parametrize("told", [None, {}, {"rows": 160}, {"rows": 160, "test": "AAAA"}, []])
def test_a_model_that_remembers_nothing_of_use(told):
    prepared = told_of(blobs())[1]
    assert unseen_rows_in(told, blobs(), prepared.preprocessing) is None


def test_without_test_rows_there_is_nothing_to_remember():
    data = blobs()
    assert describe_unseen_rows(prepare(data, split(data, test=0.0)), len(data)) is None
