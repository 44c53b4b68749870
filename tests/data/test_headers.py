"""Tables without a header are recognized, and read by their places."""

import numpy as np
import pandas as pd
import pytest

from shoal.data import Dataset, Preprocessing, load
from shoal.data.io.header import names_columns
from shoal.errors import DataError

ADULT = [
    f"{20 + i}, {('Private', 'State-gov')[i % 2]}, {i * 37 % 91}, {('<=50K', '>50K')[i % 3 == 0]}"
    for i in range(12)
]
NUMBERS = ["7;0,27;20,7", "6,3;0,3;1,6", "8,1;0,28;6,9", "7,2;0,23;8,5"]


def guessed(lines, separator=","):
    rows = [line.split(separator) for line in lines]
    return names_columns(rows[0], rows[1:])


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        (["a,b", "1,2"], True),
        (["1,2", "3,4"], False),
        (["1.5,2", "3,4", "5,6"], False),
        (["0,1,2", "5,5,1", "7,2,0"], True),  # as pandas numbers columns
        (["1,2,3", "4,5,6", "7,8,9"], False),  # rows rise by one as well
        (["name,2019,2020", "n1,5,9", "n2,8,8"], True),
        (["name,2019,2025", *["n,5,6", "m,8,8"] * 6], False),
        (["2023-01-05,1", "2023-01-06,2"], False),
        (["day,1", "2023-01-06,2", "2023-01-07,4"], True),
        (["true,x", "false,x", "true,y"], False),
        (["€5,10%", "€6,12%"], False),
        (["?,2", "1,3", "2,4"], False),
        (["?,b", "1,3", "2,4"], True),
        (["red,big", "blue,small"], None),
        (["p,x", *["p,x", "e,y", "e,x"] * 5], False),
        (["class,cap", *["p,x", "e,y", "e,x"] * 5], None),
        (["a,b,c", "1,2"], None),
        (["5,3,kind", *["1,2,a", "3,4,b"] * 5], False),
        (["5,color,kind", *["1,red,a", "3,blue,b"] * 5], True),
    ],
)
def test_what_tells_a_header_from_a_row(lines, header):
    assert guessed(lines) is header


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_of_numbers_without_a_header(csv_file, mark):
    data = load(csv_file(mark + "\r\n".join(NUMBERS)))
    assert (list(data.x), data.target, data.unnamed) == (["x0", "x1"], "x2", 3)
    assert data.x["x0"].tolist() == [7, 6.3, 8.1, 7.2]
    assert data.y.tolist() == [20.7, 1.6, 6.9, 8.5]
    assert data.notes[0].startswith("the first line is a row as the others")
    assert data.cells.index.tolist() == [1, 2, 3, 4]


def test_a_header_is_what_the_user_says(csv_file):
    path = csv_file("\n".join(ADULT))
    assert len(load(path)) == 12
    assert load(path).classes == ("<=50K", ">50K")
    said = load(path, header=False)
    assert (len(said), said.header, [n for n in said.notes if "first line" in n]) == (12, False, [])
    named = load(path, header=True)
    assert (list(named.x), len(named)) == (["20", "Private", "0"], 11)
    words = csv_file("color,y\nred,big\nblue,small\n", "w.csv")
    assert load(words, header=False).x["x0"].tolist() == ["color", "red", "blue"]
    with pytest.raises(DataError, match=r"only a header. If that is a row, say so: --no-header"):
        load(csv_file("a,b\n"))
    assert len(load(csv_file("a,b\n"), header=False)) == 1
    with pytest.raises(DataError, match=r"line 2: .* expected 2 fields; received 1"):
        load(csv_file("1,2\n3\n"), header=False)
    assert list(load(csv_file("1,2,\n3,4,\n")).x) == ["x0"]


@pytest.mark.parametrize("name", ["t.data", "t.txt", "t.dat"])
def test_tables_of_archives_may_be_separated_by_spaces(csv_file, name):
    lines = [f"  {i}.5   {i * i}  {'ab'[i % 2]}  " for i in range(12)]
    data = load(csv_file("\n".join(lines), name))
    assert (data.x.to_numpy().tolist()[3], data.classes) == ([3.5, 9.0], ("a", "b"))
    assert "fields are separated by spaces" in data.notes
    commas = load(csv_file("\n".join(ADULT), name))
    assert (len(commas), commas.classes) == (12, ("<=50K", ">50K"))


def trained(csv_file, **options):
    data = load(csv_file("\n".join(ADULT)), **options)
    return data, Preprocessing.fit(data, np.arange(12))


@pytest.mark.parametrize("target", [None, "x0", "x1"])
def test_columns_without_names_are_known_by_their_places(csv_file, target):
    data, model = trained(csv_file, target=target)
    wanted = model.transform(data)
    at = 3 if target is None else int(target[1])
    rows = [line.split(", ") for line in ADULT]
    for name, some in (("all", rows), ("inputs", [r[:at] + r[at + 1 :] for r in rows])):
        path = csv_file("\n".join(map(",".join, some)), f"{name}.csv")
        new = load(path, need_target=False, target=data.target, like=model)
        np.testing.assert_array_equal(model.transform(new), wanted)
        one = csv_file(",".join(some[1]), "one.csv")  # a row alone has no rows to be judged by
        new = load(one, need_target=False, target=data.target, like=model)
        np.testing.assert_array_equal(model.transform(new), wanted[1:2])
    named = csv_file("a,b,c\n" + "\n".join(",".join(r[:at] + r[at + 1 :]) for r in rows), "n.csv")
    new = load(named, need_target=False, target=data.target, like=model)
    np.testing.assert_array_equal(model.transform(new), wanted)
    assert any("taken by their places, as in training" in note for note in new.notes)
    assert Preprocessing.from_json(model.to_json()) == model


def test_a_model_with_names_reads_as_many_columns_without(csv_file):
    path = csv_file("a,b,y\n" + "".join(f"{i},{i * i},{i % 4 + 0.5}\n" for i in range(9)))
    data = load(path)
    model = Preprocessing.fit(data, np.arange(9))
    new = load(csv_file("3,9\n4,16\n", "new.csv"), need_target=False, target="y", like=model)
    np.testing.assert_array_equal(model.transform(new), model.transform(data)[3:5])
    assert "columns are taken by their places, 'a' to 'b'" in new.notes
    other = load(csv_file("3,9,1\n4,16,1\n", "new.csv"), need_target=False, target="y", like=model)
    with pytest.raises(DataError, match="columns 'a', 'b'; received columns 'x0', 'x1', 'x2'"):
        model.transform(other)
    mixed = csv_file("more,b,a\n1,9,3\n", "new.csv")
    new = load(mixed, need_target=False, target="y", like=model)
    np.testing.assert_array_equal(model.transform(new), model.transform(data)[3:4])
    assert model.remarks(new) == ("a column that the model does not know, ignored: 'more'",)


def test_what_columns_hold_is_told_in_one_line():
    frame = pd.DataFrame(
        {"n": [1.0, None], "m": [1, 2], "c": ["a", None], "b": [True, False],
         "d": pd.to_datetime(["2023-01-05", "2023-01-06"])}
    )  # fmt: skip
    assert Dataset.from_arrays(frame, name="t").describe() == (
        "t: table of 2 rows × 5 columns (2 numbers, 1 column of categories, 1 yes or no, 1 date; "
        "2 with missing values), no target"
    )
