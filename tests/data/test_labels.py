import json

import numpy as np
import pandas as pd
import pytest

from shoal.data import Dataset, Preprocessing, load
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.errors import DataError

X = np.arange(24.0).reshape(12, 2)
Y = np.stack([np.arange(12) % 2, np.arange(12) % 3 == 0], axis=1).astype(float)


def test_labels_are_yes_no_or_not_known():
    y = Y.copy()
    y[0, 1], y[1, 0] = np.nan, -1
    data = Dataset.from_arrays(X, pd.DataFrame(y, columns=["rain", "wind"]), task="multi-label")
    assert data.task == "multi-label"
    assert data.classes == ("rain", "wind")
    assert data.y[:2].tolist() == [[0, -1], [-1, 0]]
    assert "2 labels" in data.describe()
    assert Dataset.from_arrays(X, Y.astype(bool), task="multi-label").classes == ("0", "1")


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        (Y[:, 0], {}, r"a yes or no for each label; expected shape \(12, labels\)"),
        (Y[:5], {}, r"received shape \(5, 2\)"),
        (Y * 2, {}, r"a label is 1 for yes, 0 for no.*received 2 in row 0, label 1"),
        (Y, {"classes": ("a",)}, "every label has a name of its own; expected 2 different names"),
        (Y, {"classes": ("a", "a")}, "every label has a name of its own"),
        (Y.astype(str) + "x", {}, "labels are yes or no"),
    ],
)
def test_other_targets_are_refused(y, options, message):
    with pytest.raises(DataError, match=message):
        Dataset.from_arrays(X, y, task="multi-label", **options)


def table(tmp_path, header="size,rain,age,wind", row="{i},{a},{j},{b}"):
    path = tmp_path / "weather.csv"
    rows = [row.format(i=i, j=i * i, a=int(a), b="" if i == 3 else int(b))
            for i, (a, b) in enumerate(Y)]  # fmt: skip
    path.write_text(header + "\n" + "\n".join(rows) + "\n")
    return path


def test_columns_of_a_table_may_be_labels(tmp_path):
    path = table(tmp_path)
    data = load(path, target="rain, wind")
    assert data.column_names == ("size", "age")
    assert (data.task, data.classes, data.target) == ("multi-label", ("rain", "wind"), "rain, wind")
    wanted = Y.astype(int)
    wanted[3, 1] = -1
    np.testing.assert_array_equal(data.y, wanted)
    with pytest.raises(DataError, match=r"hold labels: 1 for yes.*received 4 in row 2.*--drop"):
        load(path, target="rain,age")
    with pytest.raises(DataError, match="the target is a column of the table"):
        load(path, target="rain,snow")
    with pytest.raises(DataError, match="labels only"):
        load(table(tmp_path, "rain,wind", "{a},{b}"), target="rain,wind")


def test_a_column_with_a_comma_in_its_name_is_one_column(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('x,"a,b"\n' + "\n".join(f"{i},{i % 2}" for i in range(8)) + "\n")
    assert load(path, target="a,b").task == "classification"


def test_labels_are_matched_by_name_and_kept_as_json():
    data = Dataset.from_arrays(X, Y, task="multi-label", classes=("rain", "wind"))
    prepared = prepare(data, split(data))
    assert prepared.outputs == 2
    assert prepared.train.y.dtype == np.int32
    written = json.loads(json.dumps(prepared.preprocessing.to_json()))
    again = Preprocessing.from_json(written)
    turned = Dataset.from_arrays(X, Y[:, ::-1], task="multi-label", classes=("wind", "rain"))
    np.testing.assert_array_equal(again.transform_targets(turned), Y)
    some = Dataset.from_arrays(X, Y[:, 1:], task="multi-label", classes=("wind",))
    assert (again.transform_targets(some)[:, 0] == -1).all()
    other = Dataset.from_arrays(X, Y[:, 1:], task="multi-label", classes=("snow",))
    with pytest.raises(DataError, match="targets are labels of the model; expected rain, wind"):
        again.transform_targets(other)
    with pytest.raises(DataError, match="tells of each label whether it applies"):
        again.transform_targets(Dataset.from_arrays(X, Y[:, 0].astype(int)))
