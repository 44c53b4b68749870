import numpy as np
import pandas as pd
import pytest

from shoal.data import Dataset
from shoal.errors import DataError

X = np.arange(8.0).reshape(4, 2)


@pytest.mark.parametrize(
    ("y", "task", "codes", "classes"),
    [
        ([3, 1, 3, 10], "regression", [3, 1, 3, 10], ()),
        (["b", "a", "b", "a"], "classification", [1, 0, 1, 0], ("a", "b")),
        ([True, False, True, True], "classification", [1, 0, 1, 1], ("False", "True")),
        (np.array([[1], [0], [1], [0]]), "classification", [1, 0, 1, 0], ("0", "1")),
        (pd.Series(["u", "v", "u", "v"]), "classification", [0, 1, 0, 1], ("u", "v")),
        (np.array([2, 1, 2, 1], object), "classification", [1, 0, 1, 0], ("1", "2")),
        ([0.5, 1, 2, 3], "regression", [0.5, 1, 2, 3], ()),
        (np.array([1.0, 0, 1, 0]), "classification", [1, 0, 1, 0], ("0.0", "1.0")),
        (X * 2, "regression", X * 2, ()),
    ],
)
def test_the_task_follows_from_the_type_of_the_targets(y, task, codes, classes):
    dataset = Dataset.from_arrays(X, y)
    assert (dataset.task, dataset.classes) == (task, classes)
    np.testing.assert_array_equal(dataset.y, codes)
    assert dataset.y.dtype == (np.int64 if task == "classification" else np.float64)


def test_the_task_can_be_given():
    assert Dataset.from_arrays(X, [1, 2, 1, 2], task="regression").y.dtype == np.float64
    assert Dataset.from_arrays(X, [1.0, 2, 1, 2], task="classification").classes == ("1.0", "2.0")


def test_names_of_classes_can_be_given_for_indices_and_for_names():
    assert Dataset.from_arrays(X, [2, 0, 0, 2], classes="abc").classes == ("a", "b", "c")
    named = Dataset.from_arrays(X, ["c", "a", "a", "c"], classes=["c", "b", "a"])
    assert named.y.tolist() == [0, 2, 2, 0]


@pytest.mark.parametrize(
    ("shape", "dtype", "kind", "kept", "kept_dtype"),
    [
        ((5, 3), np.float32, "table", (5, 3), np.float32),
        ((5, 3), np.int64, "table", (5, 3), np.float64),
        ((5, 3), np.uint8, "table", (5, 3), np.float64),
        ((5, 3, 3), np.uint8, "image", (5, 3, 3, 1), np.uint8),
        ((5, 3, 3, 2), np.float64, "image", (5, 3, 3, 2), np.float64),
        ((5, 3, 3), np.uint16, "image", (5, 3, 3, 1), np.uint16),
        ((5, 3, 3), bool, "image", (5, 3, 3, 1), np.float32),
        ((5, 3, 3), ">f4", "image", (5, 3, 3, 1), np.float32),
    ],
)
def test_kind_follows_from_the_shape(shape, dtype, kind, kept, kept_dtype):
    dataset = Dataset.from_arrays(np.ones(shape, dtype))
    assert (dataset.kind, dataset.x.shape, dataset.x.dtype) == (kind, kept, kept_dtype)
    assert dataset.y is None
    assert len(dataset) == 5


def test_a_frame_keeps_its_names_and_its_columns_become_canonical():
    frame = pd.DataFrame(
        {
            1: pd.array([1, None, 3], dtype="Int64"),
            "c": pd.Categorical(["u", None, "v"]),
            "b": pd.array([True, None, False], dtype="boolean"),
            "s": ["x", "y", None],
            "o": np.array([1.5, None, 2], object),
            "f": np.array([True, False, None], object),
        },
        index=[7, 7, 9],
    )
    x = Dataset.from_arrays(frame, pd.Series([1, 2, 1], frame.index, name="label")).x
    assert [str(d) for d in x.dtypes] == [
        "float64",
        "object",
        "boolean",
        "object",
        "float64",
        "boolean",
    ]
    assert list(x.columns) == ["1", "c", "b", "s", "o", "f"]
    assert x["c"].tolist() == ["u", None, "v"]
    np.testing.assert_array_equal(x["1"], [1, np.nan, 3])
    assert list(x.index) == [0, 1, 2]


def test_the_name_of_a_series_names_the_target_and_leaks_are_remarked_on():
    y = pd.Series([i % 2 for i in range(40)], name="survived")
    frame = pd.DataFrame(
        {"alive": ["yes" if v else "no" for v in y], "n": [i * i for i in range(40)]}
    )
    dataset = Dataset.from_arrays(frame, y)
    assert dataset.target == "survived"
    assert dataset.notes[0].startswith("column 'alive' determines the target 'survived'")
    assert len(dataset.notes) == 1


@pytest.mark.parametrize(
    ("dataset", "line"),
    [
        (
            Dataset.from_arrays(np.zeros((4, 5, 6), np.uint8), [0, 1, 0, 1], name="d"),
            "d: 4 images of 5×6×1, classification into 2 classes",
        ),
        (
            Dataset.from_arrays(X, [0, 0, 0, 0], name="d"),
            "d: table of 4 rows × 2 columns, classification into 1 class",
        ),
        (
            Dataset.from_arrays(X, pd.Series([0.5] * 4, name="p"), name="d"),
            "d: table of 4 rows × 2 columns, regression of 'p'",
        ),
        (
            Dataset.from_arrays(X, X),
            "arrays: table of 4 rows × 2 columns, regression with 2 targets",
        ),
        (Dataset.from_arrays(X), "arrays: table of 4 rows × 2 columns, no target"),
    ],
)
def test_one_line_describes_a_data_set(dataset, line):
    assert dataset.describe() == line


@pytest.mark.parametrize(
    ("x", "match"),
    [
        (np.zeros(4), r"received shape \(4,\). One column is x.reshape\(-1, 1\)"),
        (np.zeros((1, 1, 1, 1, 1)), r"expected shape \(n, features\), .* received shape"),
        (np.zeros((0, 3)), r"at least one example; received shape \(0, 3\)"),
        (np.zeros((3, 0)), r"at least one example; received shape \(3, 0\)"),
        ([[1, 2], [3]], "inputs form one array; received rows of different lengths"),
        (np.array([["a", "b"]]), "inputs are numbers; .* received an array of <U1. .*DataFrame"),
        (np.ones((2, 2), complex), "received an array of complex128"),
        (np.full((2, 3, 3), np.nan), r"finite numbers; received nan at index \(0, 0, 0\) \(18"),
        (np.array([[np.inf, -np.inf]]), r"received inf at index \(0, 0\) \(2 such values\)"),
        (pd.DataFrame({"a": []}), "received 0 rows and 1 columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "columns differ; received 'a' twice"),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), "columns differ; received '1' twice"),
        (pd.DataFrame({"a": [1.0, np.inf]}), "column 'a': numbers are finite; received inf in row"),
        (pd.DataFrame({"a": [1, (1,)]}), "column 'a': .* received a mixture of int, tuple"),
        (
            pd.DataFrame({"a": [(1,), (2,)]}),
            "column 'a': a column holds one type, or numbers and text; .*received tuple",
        ),
        (pd.DataFrame({"a": [10**400]}), "column 'a': .* 64-bit floating point"),
        (pd.DataFrame({"a": [1j]}), "received complex128"),
        (
            pd.DataFrame({"a": pd.to_timedelta(["3 days"])}),
            "column 'a': .* received timedelta64.* Turn it into numbers",
        ),
    ],
)
def test_inputs_that_cannot_be_used(x, match):
    with pytest.raises(DataError, match=r"^mine.*" + match):
        Dataset.from_arrays(x, name="mine")


@pytest.mark.parametrize(
    ("y", "options", "match"),
    [
        ([1, 2], {}, r"expected 4 targets for 4 examples; received targets of shape \(2,\)"),
        (3, {}, r"received targets of shape \(\)"),
        (
            np.zeros((4, 1, 1)),
            {"task": "regression"},
            r"\(n, targets\); received shape \(4, 1, 1\)",
        ),
        (np.zeros((4, 0)), {}, r"received shape \(4, 0\)"),
        ([1.0, np.nan, 2, 3], {}, "targets are finite numbers; received nan at row 1"),
        (["a", None, "b", "b"], {}, "needs a target; received 1 missing, the first at index 1"),
        (np.array([1, pd.NA, 2, 2], object), {}, "1 missing, the first at index 1"),
        (np.array(["a", 1, 2, 3], object), {}, "received a mixture of int, str"),
        ([1j, 2, 3, 4], {}, "numbers or names; received an array of complex128"),
        ([[1], [2, 3], [4], [5]], {}, "targets form one array"),
        (
            np.ones((4, 2), int),
            {"task": "classification"},
            r"expected shape \(n,\), or one-hot rows.* received shape \(4, 2\). .*'multi-label'",
        ),
        ([1.5, np.nan, 3, 4], {"task": "classification"}, "needs a class; received nan at row 1"),
        ([1.5, 2, 3, 4], {"classes": "abcde"}, "index the classes; received 1.5. Real targets"),
        (["a", "b", "a", "b"], {"task": "regression"}, "received names such as 'a'"),
        ([0, 1, 2, 3], {"task": "ranking"}, "expected 'classification' or 'regression'; rec"),
        ([0, 1, 2, 3], {"classes": "abc"}, "expected 0 to 2; received 0 to 3"),
        (["a", "b", "z", "b"], {"classes": "ab"}, r"expected \['a', 'b'\]; received 'z'"),
        ([0, 1, 0, 1], {"classes": "aa"}, "the names of the classes differ"),
    ],
)
def test_targets_that_cannot_be_used(y, options, match):
    with pytest.raises(DataError, match=r"^mine.*" + match):
        Dataset.from_arrays(X, y, name="mine", **options)
