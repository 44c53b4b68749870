"""What a column holds can be said: it overrules each guess, and is kept."""

import numpy as np
import pytest

from shoal.data import Preprocessing, load
from shoal.errors import DataError

ROWS = [("1.0", "12", "2023-01-05", "5"), ("2.0", "n.a.", "soon", "6"), ("1.0", "7,5 kg", "", "7")]


@pytest.fixture
def path(csv_file):
    lines = [";".join((*ROWS[i % 3], f"{i}.5")) for i in range(12)]
    return csv_file("zip;mass;when;code;y\n" + "\n".join(lines) + "\n")


def test_each_guess_can_be_overruled(path):
    told = {"categorical": ["zip", "code"], "numeric": ["mass"], "dates": ["when"]}
    data = load(path, **told)
    assert data.x["zip"].tolist()[:3] == ["1.0", "2.0", "1.0"]
    assert data.x["code"].tolist()[:3] == ["5", "6", "7"]
    np.testing.assert_array_equal(data.x["mass"][:3], [12, np.nan, np.nan])
    assert data.x["when"].isna().tolist()[:3] == [False, True, True]
    assert str(data.x["when"][0])[:10] == "2023-01-05"
    assert (data.categorical, data.numeric, data.dates) == (("zip", "code"), ("mass",), ("when",))
    assert [n for n in data.notes if "asked for" in n] == [
        "columns 'mass' ('7,5 kg'), 'when' ('soon') hold other cells than was asked for, which are "
        "taken as missing"
    ]
    assert not any("categories" in note for note in data.notes)


def test_what_was_said_holds_for_new_rows(path, csv_file):
    data = load(path, categorical=["zip"], numeric=["mass"], dates=["when"])
    model = Preprocessing.fit(data, np.arange(12))
    assert Preprocessing.from_json(model.to_json()) == model
    for row in range(3):  # a row alone gets what it gets among others
        text = "zip;mass;when;code\n" + ";".join(ROWS[row]) + "\n"
        new = load(csv_file(text, "new.csv"), need_target=False, target="y", like=model)
        np.testing.assert_array_equal(model.transform(new), model.transform(data)[row : row + 1])


def test_categories_that_are_numbers_are_the_same_in_a_frame(path):
    data = load(path, categorical=["zip", "code"], drop=["mass", "when"])
    model = Preprocessing.fit(data, np.arange(12))
    frame = data.x.astype({"zip": float, "code": int})
    np.testing.assert_array_equal(model.transform(frame), model.transform(data))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"categorical": ["zap"]}, "column of categories is a column .* Did you mean 'zip'"),
        ({"numeric": ["zip"], "dates": ["zip"]}, "column 'zip': .* numbers and dates"),
        ({"dates": ["mass"]}, "column 'mass': the column holds dates, .* received none, but such"),
        ({"numeric": ["when"]}, "column 'when': the column holds numbers"),
    ],
)
def test_what_a_column_cannot_hold_is_refused(path, options, match):
    with pytest.raises(DataError, match=match):
        load(path, **options)


def test_a_target_can_be_said_to_be_names(csv_file):
    path = csv_file("a,y\n" + "".join(f"{i},{i % 90}.0\n" for i in range(120)))
    assert load(path).task == "regression"
    assert load(path, categorical=["y"]).classes[:2] == ("0.0", "1.0")
