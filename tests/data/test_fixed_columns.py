"""Inputs that never varied in training take no part, and a change of them is told."""

import numpy as np
import pandas as pd
import pytest

from shoal.data import Dataset, Preprocessing, load


def fitted(x):
    return Preprocessing.fit(Dataset.from_arrays(x, np.arange(float(len(x)))), np.arange(len(x)))


FIXED = {
    "number": np.full(6, 2023.0),
    "rounding": 1e9 + np.array([0, 1e-7, 0, 1e-7, 0, 1e-7]),
    "computed": np.array([0.1 * 3, 0.3, 0.1 * 3, 0.3, 0.3, 0.3]),
    "blank": np.full(6, np.nan),
    "truth": np.array([True] * 6),
    "category": np.array(["red"] * 6, object),
    "day": pd.to_datetime(["2023-01-05"] * 6),
    "x": np.arange(6.0),
}

MOVED = {
    "number": 2024.0, "rounding": 2e9, "computed": -1e12, "blank": 5.0, "truth": False,
    "category": "blue", "day": pd.Timestamp("1999-12-31 12:00"),
}  # fmt: skip


def test_whatever_comes_where_nothing_varied_changes_nothing():
    frame = pd.DataFrame(FIXED)
    preprocessing = fitted(frame)
    before = preprocessing.transform(frame)
    assert preprocessing.remarks(frame) == ()
    after = frame.assign(**MOVED)
    np.testing.assert_array_equal(preprocessing.transform(after), before)
    remarks = preprocessing.remarks(after)
    assert len(remarks) == len(MOVED)
    for name, remark in zip(MOVED, remarks, strict=True):
        assert repr(name) in remark
        assert "no effect" in remark or "training did not see" in remark


def test_what_varied_by_more_than_rounding_takes_part():
    frame = pd.DataFrame({"x": 1e9 + np.arange(5.0), "y": [1e-12, 2e-12, 3e-12, 4e-12, 0]})
    assert (fitted(frame).transform(frame).std(axis=0) > 0.9).all()


@pytest.mark.parametrize(
    ("values", "new", "columns"),
    [
        ([1.0, np.nan, 1.0], [9.0, np.nan, 1.0], [[0, 0], [0, 1], [0, 0]]),
        (["a", None, "a"], ["b", None, "a"], [[0, 0], [0, 1], [1, 0]]),
        ([True, None, True], [False, None, True], [[0, 0], [0, 1], [0, 0]]),
    ],
)
def test_whether_a_value_is_missing_takes_part_where_that_varied(values, new, columns):
    preprocessing = fitted(pd.DataFrame({"v": pd.Series(values, dtype=object)}))
    new = pd.DataFrame({"v": pd.Series(new, dtype=object)})
    np.testing.assert_array_equal(preprocessing.transform(new), columns)


def test_columns_of_an_array_that_never_varied():
    x = np.column_stack([np.arange(6.0), np.full(6, 7.0), 1e9 + np.array([0, 1e-7] * 3)])
    preprocessing = fitted(x)
    whole = preprocessing.transform(x)
    np.testing.assert_array_equal(whole[:, 1:], 0)
    moved = x + np.array([0, 1e6, 1])
    np.testing.assert_array_equal(preprocessing.transform(moved), whole)
    assert preprocessing.remarks(x) == ()
    assert preprocessing.remarks(moved) == (
        "column 1 never varied in training and has no effect: it differs in 6 rows, such as "
        "1.00001e+06 (so it is with 1 more)",
    )
    assert preprocessing.remarks(x * [100, 1, 1]) == (
        "column 0 is far outside of its training values in 5 rows, such as 100",
    )
    assert Preprocessing.from_json(preprocessing.to_json()) == preprocessing


def test_whole_numbers_and_pixels_in_rows_are_counted_in_the_same_way():
    x = np.zeros((5, 4), np.uint8)
    x[:, 1] = np.arange(5)
    preprocessing = fitted(x)
    np.testing.assert_array_equal(preprocessing.transform(x + np.uint8([9, 0, 0, 0]))[:, 0], 0)


def test_a_table_says_which_columns_never_vary(csv_file):
    path = csv_file(
        "x,year,blank,batch,y\n" + "".join(f"{i * i},2023,,5,{i % 7}.5\n" for i in range(30))
    )
    assert load(path).notes == (
        "columns 'year', 'blank', 'batch' are the same in all rows and have no effect",
    )
    alone = load(csv_file("x,year,y\n1,2023,1.5\n", "one.csv"))
    assert alone.notes == ()


def test_many_remarks_are_counted():
    frame = pd.DataFrame({f"c{i}": [0.0, 0, 0] for i in range(30)} | {"x": [1.0, 2, 3]})
    remarks = fitted(frame).remarks(frame + 1)
    assert len(remarks) == 9
    assert remarks[-1] == "and 22 such remarks more"
