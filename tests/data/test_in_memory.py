"""Arrays, frames and matrices as they are in memory: missing values, objects, zeros left out."""

import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from shoal.data import Dataset, Preprocessing
from shoal.errors import DataError

X = np.array([[1.0, 5.0], [np.nan, 6.0], [3.0, 9.0], [5.0, 1.0]])
Y = [0.5, 1.5, 2.5, 3.5]


def fitted(x, rows=4, **options):
    return Preprocessing.fit(Dataset.from_arrays(x, Y, **options), np.arange(rows))


def test_missing_values_of_an_array_are_those_of_a_table():
    model = fitted(X)
    table = fitted(pd.DataFrame(X, columns=["x0", "x1"]))
    assert model == table
    inputs = model.transform(X)
    np.testing.assert_array_equal(inputs, table.transform(pd.DataFrame(X, columns=["x0", "x1"])))
    assert model.encoder.columns[0].median == 3.0  # of 1, 3 and 5
    assert inputs[:, 2].tolist() == [0, 1, 0, 0]  # numbers stand first
    np.testing.assert_allclose(inputs[1, 0], inputs[2, 0])
    assert "1 with missing values" in Dataset.from_arrays(X, Y).describe()
    one = fitted(X, rows=1)  # what the other rows hold does not matter
    assert one.transform(X[1:2])[0, 0] == 0


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_missing_values_that_training_did_not_have(scaling, dtype):
    whole = np.column_stack([np.arange(4.0), [1, 5, 2, 8]]).astype(dtype)
    model = fitted(whole, scaling=scaling)
    new = whole.copy()
    new[2, 0] = np.nan
    inputs = model.transform(new)
    assert np.isfinite(inputs).all()
    np.testing.assert_allclose(inputs[2, 0], 0.0, atol=1e-6)  # the middle of 0, 1, 2, 3
    np.testing.assert_array_equal(inputs[[0, 1, 3]], model.transform(whole)[[0, 1, 3]])
    assert "of which training had all values" in model.remarks(new)[0]
    assert model.remarks(whole) == ()
    with pytest.raises(DataError, match="finite"):
        model.transform(np.where(np.isnan(new), np.inf, new))


def test_objects_are_what_they_are_by_column():
    rows = [
        [1, "a", None],
        [Decimal("2.5"), None, True],
        [Fraction(1, 2), "b", False],
        [4, "a", True],
    ]
    for x in (rows, np.array(rows, object)):
        data = Dataset.from_arrays(x, Y)
        assert data.x["x0"].tolist() == [1, 2.5, 0.5, 4]
        assert data.x["x1"].tolist() == ["a", None, "b", "a"]
        assert data.x["x2"].tolist() == [pd.NA, True, False, True]
        model = Preprocessing.fit(data, np.arange(4))
        np.testing.assert_array_equal(model.transform(x), model.transform(data))
    numbers = Dataset.from_arrays(np.array([[1, Decimal(2)], [3, 4.5], [5, 6], [7, 8]], object), Y)
    assert (type(numbers.x), numbers.x.dtype) == (np.ndarray, np.float64)
    plain = Dataset.from_arrays([[1, 2], [3, 4], [5, 6], [7, 9]], Y)
    assert isinstance(plain.x, np.ndarray)


def test_a_column_of_numbers_and_text_is_text():
    frame = pd.DataFrame({"a": [1, "x", 2.0, None], "b": [True, "x", 0.5, "x"]})
    data = Dataset.from_arrays(frame, Y)
    assert data.x["a"].tolist() == ["1", "x", "2", None]
    assert data.x["b"].tolist() == ["True", "x", "0.5", "x"]
    model = Preprocessing.fit(data, np.arange(4))
    for row in range(4):
        part = frame.iloc[[row]].infer_objects()
        np.testing.assert_array_equal(
            model.transform(part), model.transform(data)[row : row + 1], err_msg=str(row)
        )


def test_times_of_day_and_nullable_types():
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None, 3, 4], "Int64"),
            "f": pd.array([1.5, None, 3, 4], "Float32"),
            "b": pd.array([True, None, False, True], "boolean"),
            "s": pd.array(["u", None, "v", "u"], "string"),
            "c": pd.Categorical([1, None, 2, 1]),
            "t": [datetime.time(10, 30), None, datetime.time(0), datetime.time(7, 0, 1)],
        }
    )
    x = Dataset.from_arrays(frame, Y).x
    np.testing.assert_array_equal(x["n"], [1, np.nan, 3, 4])
    np.testing.assert_array_equal(x["f"], [1.5, np.nan, 3, 4])
    assert x["b"].tolist() == [True, pd.NA, False, True]
    assert (x["s"].tolist(), x["c"].tolist()) == (["u", None, "v", "u"], ["1", None, "2", "1"])
    assert str(x["t"][0]) == "1970-01-01 10:30:00"
    assert x["t"].isna().tolist() == [False, True, False, False]


@pytest.mark.parametrize("kind", [scipy.sparse.csr_array, scipy.sparse.coo_matrix])
def test_sparse_matrices_are_arrays_with_zeros(kind, monkeypatch):
    dense = np.array([[0.0, 2], [1, 0], [0, 0], [3, 4]])
    data = Dataset.from_arrays(kind(dense), Y)
    np.testing.assert_array_equal(data.x, dense)
    model = fitted(dense)
    np.testing.assert_array_equal(model.transform(kind(dense)), model.transform(dense))
    labels = Dataset.from_arrays(dense, kind(np.array([[0, 1], [1, 1], [0, 0], [1, 0]])))
    assert (labels.task, labels.y.tolist()[1]) == ("multi-label", [1, 1])
    monkeypatch.setenv("SHOAL_MAX_GB", "0.001")
    with pytest.raises(DataError, match="the matrix with its zeros must fit into the memory"):
        Dataset.from_arrays(kind((10**6, 10**6)))


def test_frames_of_other_libraries(monkeypatch):
    arrow = pytest.importorskip("pyarrow")
    pytest.importorskip("narwhals")
    table = arrow.table(
        {
            "n": [1, None, 3, 4],
            "s": arrow.array(["u", None, "v", "u"]).dictionary_encode(),
            "b": [True, None, False, True],
            "d": arrow.array([Decimal("1.50"), None, Decimal(2), Decimal(3)]),
        }
    )
    data = Dataset.from_arrays(table, Y)
    np.testing.assert_array_equal(data.x["n"], [1, np.nan, 3, 4])
    np.testing.assert_array_equal(data.x["d"], [1.5, np.nan, 2, 3])
    assert (data.x["s"].tolist(), data.x["b"].tolist()[:2]) == (
        ["u", None, "v", "u"],
        [True, pd.NA],
    )
    model = Preprocessing.fit(data, np.arange(4))
    np.testing.assert_array_equal(model.transform(table), model.transform(data))
