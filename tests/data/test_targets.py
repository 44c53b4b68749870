"""What targets are taken for, by one rule for all ways in, and what they come back as."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.data import Dataset, Preprocessing, load
from shoal.data.encode.classes import (
    LABEL_TYPES,
    class_values,
    name_classes,
    whole_numbers_are_classes,
)
from shoal.data.splitting.split import split
from shoal.errors import DataError


def same_rows(values):
    """Inputs for these targets."""
    return np.arange(float(len(values)))[:, None]


WAYS = {
    "list": lambda y: y.tolist(),
    "array": lambda y: y,
    "floats": lambda y: y.astype(float),
    "column": lambda y: y[:, None],
    "series": pd.Series,
    "nullable": lambda y: pd.Series(pd.array(y.tolist(), dtype="Int64")),
    "objects": lambda y: y.astype(object),
}

TARGETS = {
    "ratings": (np.repeat([3, 4, 5, 6, 7, 8, 9], 12), "classification"),
    "ratings with a rare one": (np.repeat([3, 4, 9], [40, 40, 1]), "regression"),
    "counts": (np.arange(215).repeat(2), "regression"),
    "years": (np.arange(1990, 2020).repeat(12), "regression"),
    "yes and no": (np.tile([0, 1], 20), "classification"),
    "two prices": (np.tile([100, 250], 20), "classification"),
    "a few of each": (np.tile([0, 1, 2], 4), "classification"),
    "a hundred classes": (np.arange(100).repeat(5), "classification"),
    "counts with a long tail": (np.repeat(np.arange(30), np.arange(90, 0, -3)), "regression"),
    "an id": (np.arange(60), "regression"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", TARGETS)
def test_whole_numbers_are_one_task_in_every_way_in(what, way, csv_file, tmp_path):
    y, task = TARGETS[what]
    found = Dataset.from_arrays(same_rows(y), WAYS[way](y))
    assert found.task == task
    assert found.guessed
    lines = "".join(f"{i},{value}\n" for i, value in enumerate(y.tolist()))
    table = load(csv_file(f"x,y\n{lines}"))
    np.savez(tmp_path / "a.npz", x=same_rows(y), y=y)
    archive = load(tmp_path / "a.npz")
    assert (table.task, archive.task) == (task, task)
    np.testing.assert_array_equal(table.y, found.y)
    np.testing.assert_array_equal(archive.y, found.y)
    told = [note for note in found.notes if note.startswith(f"taken as {task}")]
    assert len(told) == (what != "yes and no")
    assert (not told) or f"{len(np.unique(y))} different whole numbers" in told[0]


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("what", TARGETS)
def test_the_task_that_is_asked_for_is_the_task(what, task, csv_file):
    y, _ = TARGETS[what]
    lines = "".join(f"{i},{value}\n" for i, value in enumerate(y.tolist()))
    for found in (
        Dataset.from_arrays(same_rows(y), y, task=task),
        load(csv_file(f"x,y\n{lines}"), task=task),
        load(csv_file(f"x,y\n{lines}")).with_task(task),
        Dataset.from_arrays(same_rows(y), y).with_task(task),
    ):
        assert found.task == task
        assert not found.guessed
        assert not any(note.startswith("taken as") for note in found.notes)
        if task == "regression":
            np.testing.assert_array_equal(found.y, y)
        else:
            values = class_values(found.classes, found.label_type)[found.y]
            np.testing.assert_array_equal(values, y)


def test_names_cannot_be_numbers_nor_several_targets_classes():
    names = Dataset.from_arrays(same_rows("abab"), list("abab"))
    assert not names.guessed
    with pytest.raises(DataError, match=r"targets are for a regression; .* of a classification"):
        names.with_task("regression")
    several = Dataset.from_arrays(same_rows("abab"), np.linspace(0, 1, 8).reshape(4, 2))
    with pytest.raises(DataError, match="for a classification; received those of a regression"):
        several.with_task("classification")


@given(st.lists(st.integers(-3, 30), min_size=1, max_size=60))
def test_the_rule_does_not_look_at_types(values):
    whole = np.array(values)
    assert whole_numbers_are_classes(whole) == whole_numbers_are_classes(whole.astype(float))
    assert not whole_numbers_are_classes(np.append(whole, 0.5))


def hot(*classes, dtype=float):
    return np.eye(3, dtype=dtype)[list(classes)]


@pytest.mark.parametrize("dtype", [float, int, bool, np.float32])
def test_one_hot_rows_are_classes(dtype):
    found = Dataset.from_arrays(same_rows("abcd"), hot(2, 0, 1, 2, dtype=dtype))
    assert (found.task, found.classes, found.y.tolist()) == (
        "classification", ("0", "1", "2"), [2, 0, 1, 2],
    )  # fmt: skip
    assert "one-hot" in found.notes[0]
    named = pd.DataFrame(hot(2, 0, 1, 2, dtype=dtype), columns=["u", "v", "w"])
    assert Dataset.from_arrays(same_rows("abcd"), named).classes == ("u", "v", "w")
    asked = Dataset.from_arrays(same_rows("abcd"), hot(2, 0, 1, 2, dtype=dtype), classes="xyz")
    assert asked.classes == ("x", "y", "z")
    numbers = Dataset.from_arrays(
        same_rows("abcd"), hot(2, 0, 1, 2, dtype=dtype), task="regression"
    )
    assert numbers.y.shape == (4, 3)
    with pytest.raises(DataError, match="a column for each class; expected 3 different names"):
        Dataset.from_arrays(same_rows("abcd"), hot(2, 0, 1, 2, dtype=dtype), classes="xy")


def test_rows_of_0_and_1_are_labels_unless_they_are_numbers():
    y = np.array([[1.0, 1], [0, 1], [0, 0], [1, 0]])
    found = Dataset.from_arrays(same_rows(y), y)
    assert found.task == "multi-label"
    np.testing.assert_array_equal(found.y, y)
    assert "any number of them may apply; task='regression'" in found.notes[0]
    assert Dataset.from_arrays(same_rows(y), y, task="regression").task == "regression"
    assert Dataset.from_arrays(same_rows(y), y + np.array([0, 1])).task == "regression"


def test_one_class_alone_is_refused_before_training(csv_file):
    for y in ([1.0] * 9, [True] * 9, ["a"] * 9, np.full(9, 3)):
        with pytest.raises(DataError, match="classification needs at least two classes; received"):
            split(Dataset.from_arrays(same_rows(y), y))


def test_classes_too_rare_are_told_a_way_out_that_there_is():
    y = np.repeat([3, 4, 9], [40, 40, 1])
    with pytest.raises(DataError, match=r"received '9' with 1\..*--task regression.*task='regr"):
        split(Dataset.from_arrays(same_rows(y), y, task="classification"))


# --- what comes back ------------------------------------------------------------------


def come_back(dataset):
    """The labels of a data set, through what a model keeps of them."""
    kept = Preprocessing.fit(dataset, np.arange(len(dataset)))
    again = Preprocessing.from_json(json.loads(json.dumps(kept.to_json())))
    assert again == kept
    return again.class_values[again.transform_targets(dataset)]


LABELS = {
    "booleans": np.array([True, False, True]),
    "whole": np.array([5, 3, 5]),
    "small": np.array([5, 3, 5], np.int8),
    "bytes": np.array([5, 200, 5], np.uint8),
    "floats": np.array([1.0, 2.0, 1.0]),
    "single floats": np.array([1.0, 2.0, 1.0], np.float32),
    "halves": np.array([0.5, 1.0, 0.5], np.float32),
    "names": np.array(["b", "a", "b"]),
    "digits in names": np.array(["1", "02", "1"]),
    "words for booleans": np.array(["True", "False", "True"]),
}


@pytest.mark.parametrize("what", LABELS)
def test_labels_come_back_as_they_were_given(what):
    y = LABELS[what]
    found = come_back(Dataset.from_arrays(same_rows(y), y, task="classification"))
    assert found.dtype.kind == y.dtype.kind
    assert found.dtype == y.dtype or y.dtype.kind == "U"
    assert found.tolist() == y.tolist()


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(["u", "v", "u"], dtype="category"),
        pd.Series([3, 5, 3], dtype="category"),
        pd.Series(pd.array([True, False, True], dtype="boolean")),
        pd.Series(["u", "v", "u"], dtype="string"),
        [np.int64(3), np.int64(5), np.int64(3)],
        [np.True_, np.False_, np.True_],
        [1.0, 2, 1.0],
    ],
    ids=repr,
)
def test_labels_of_pandas_and_scalars_of_numpy_come_back(y):
    found = come_back(Dataset.from_arrays(np.zeros((3, 1)), y, task="classification"))
    assert found.tolist() == list(y)
    assert [type(v) for v in found.tolist()] == [
        type(v.item() if isinstance(v, np.generic) else v) for v in np.asarray(y).tolist()
    ]


@pytest.mark.parametrize(
    ("cells", "names", "values"),
    [
        (["False", "True"], ("False", "True"), [False, True]),
        (["false", "TRUE"], ("false", "TRUE"), [False, True]),
        (["1.0", "2.0"], ("1.0", "2.0"), [1.0, 2.0]),
        (["1", "2"], ("1", "2"), [1, 2]),
        (["-1", "+1"], ("-1", "+1"), [-1.0, 1.0]),
        (["007", "012"], ("007", "012"), ["007", "012"]),
        (["12345678901234567890", "12345678901234567891"],
         ("12345678901234567890", "12345678901234567891"),
         ["12345678901234567890", "12345678901234567891"]),
        (["no", "yes"], ("no", "yes"), ["no", "yes"]),
    ],
)  # fmt: skip
def test_labels_of_a_file_are_called_as_they_are_written(csv_file, cells, names, values):
    lines = "".join(f"{i},{cells[i % 2]}\n" for i in range(10))
    data = load(csv_file(f"x,y\n{lines}"), task="classification")
    assert data.classes == names
    assert come_back(data).tolist() == [values[i % 2] for i in range(10)]
    # The same labels in another file and in an array are the same classes.
    kept = Preprocessing.fit(data, np.arange(10))
    part = load(csv_file(f"x,y\n0,{cells[1]}\n1,{cells[1]}\n", "part.csv"), task="classification")
    assert kept.transform_targets(part).tolist() == [1, 1]
    given = Dataset.from_arrays(np.zeros((2, 1)), [values[1], values[0]], task="classification")
    assert kept.transform_targets(given).tolist() == [1, 0]


def test_of_two_spellings_the_more_frequent_one_names_the_class(csv_file):
    data = load(csv_file("x,y\n0,1\n1,1.0\n2,1.0\n3,2\n4,true\n5,2\n".replace("true", "2")))
    assert data.classes == ("1.0", "2")
    assert data.y.tolist() == [0, 0, 0, 1, 1, 1]


@given(
    st.sampled_from([name for name in LABEL_TYPES if name not in ("str", "bool")]),
    st.lists(st.integers(0, 100), min_size=1, max_size=9),
)
def test_numbers_of_any_type_come_back(kind, numbers):
    labels = np.array(numbers).astype(kind)
    codes, names, told = name_classes(labels)
    assert told == kind
    np.testing.assert_array_equal(class_values(names, told)[codes], labels)
    assert class_values(names, told).dtype == labels.dtype


def test_a_model_of_an_older_file_has_whole_numbers_or_names():
    assert class_values(("0", "10"), None).tolist() == [0, 10]
    assert class_values(("0", "ten"), None).tolist() == ["0", "ten"]
    with pytest.raises(ValueError, match="classes that are true and false"):
        class_values(("1", "0"), "bool")
    with pytest.raises(ValueError, match="called by numbers of type uint8"):
        class_values(("1", "300"), "uint8")


# --- indices of pandas -----------------------------------------------------------------


def test_rows_are_not_paired_where_indices_differ():
    x = pd.DataFrame({"a": [1.0, 2, 3, 4]}, index=[7, 8, 9, 10])
    y = pd.Series([0.5, 1, 1.5, 2], index=x.index)
    assert Dataset.from_arrays(x, y).y.tolist() == [0.5, 1, 1.5, 2]
    assert len(Dataset.from_arrays(x, y.to_numpy())) == 4
    with pytest.raises(DataError, match=r"x and y have one index.* received 7 and 0 in row 0"):
        Dataset.from_arrays(x, y.reset_index(drop=True))
    with pytest.raises(DataError, match=r"the same labels in another order, first in row 0.*loc"):
        Dataset.from_arrays(x, y[::-1])
    for given_as in ("weight", "groups"):
        with pytest.raises(DataError, match=f"x and {given_as} have one index"):
            Dataset.from_arrays(x, y, **{given_as: pd.Series([1, 2, 3, 4])})
        with pytest.raises(DataError, match=f"y and {given_as} have one index"):
            Dataset.from_arrays(x.to_numpy(), y, **{given_as: pd.Series([1, 2, 3, 4])})


def test_masks_come_back_with_their_labels():
    images = np.zeros((4, 3, 3))
    for labels, expected in (((0, 255), [0, 255]), ((3, 7, 9), [3, 7, 9])):
        y = np.resize(labels, (4, 3, 3))
        kept = Preprocessing.fit(Dataset.from_arrays(images, y), np.arange(4))
        assert kept.mask_labels.tolist() == expected
    named = Dataset.from_arrays(images, np.resize([0, 1], (4, 3, 3)), classes=("cell", "border"))
    assert Preprocessing.fit(named, np.arange(4)).mask_labels.tolist() == [0, 1]


def test_whole_numbers_beyond_floating_point_are_told_apart():
    y = np.tile(np.array([2**60, 2**60 + 1]), 10)
    assert come_back(Dataset.from_arrays(same_rows(y), y)).tolist() == y.tolist()
    large = y.astype(np.uint64) + np.uint64(2**63)
    found = come_back(Dataset.from_arrays(same_rows(y), large))
    assert (found.tolist(), found.dtype) == (large.tolist(), np.uint64)


def test_fractions_leave_nothing_open():
    y = np.linspace(0.25, 3, 12)
    found = Dataset.from_arrays(same_rows(y), y)
    assert (found.task, found.guessed, found.notes) == ("regression", False, ())


def test_a_task_that_is_asked_for_is_never_ignored(csv_file, tmp_path):
    numbers = load("digits", task="regression")
    assert (numbers.task, numbers.y.dtype) == ("regression", np.float64)
    with pytest.raises(DataError, match="for a segmentation; received those of a classification"):
        load("digits", task="segmentation")
    path = csv_file("x,a,b\n1,0,1\n2,1,1\n3,0,0\n")
    with pytest.raises(DataError, match="for a regression; received those of a multi-label"):
        load(path, target="a,b", task="regression")
    for name in ("good", "bad"):
        (tmp_path / "texts" / name).mkdir(parents=True)
        (tmp_path / "texts" / name / "1.txt").write_text(f"a {name} text")
    assert load(tmp_path / "texts", task="classification").task == "classification"
    with pytest.raises(DataError, match="for a regression; received those of a classification"):
        load(tmp_path / "texts", task="regression")


def test_half_of_a_surrogate_pair_is_no_name():
    """No file could hold it: it is refused before anything is trained."""
    with pytest.raises(DataError, match="half of a pair of surrogates"):
        Dataset.from_arrays(np.arange(8.0).reshape(4, 2), ["a", "\ud800", "a", "\ud800"])
