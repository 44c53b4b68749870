"""What is predicted of a row does not depend on what else is in the file or the table."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shoal.data import Dataset, Preprocessing, load
from shoal.errors import DataError

CELLS = [
    "", "NA", "na", "?", "007", "7", "7.0", "1e3", "1000", "true", "True", "FALSE", "A10", "NL",
    "DE", "1,5", "1.5", "1.234,5", "1,234", "−3", "12%", "3%", "$5", "12 kg", "2023-01-05",
    "05/01/2023", "01/05/2023", "08:30", "2023-01", "Jan 5, 2023", "inf", "x y z", "é",
]  # fmt: skip

KINDS = [
    ["", "1", "2.5", "-3e4", "007"],
    ["true", "False", "", "TRUE"],
    ["1,5", "2,25", "", "−3,0"],
    ["1.234,5", "2", "3,75"],
    ["1,234", "5,678", "12"],
    ["12%", "3 %", "−4%"],
    ["2023-01-05", "2024-02-29", ""],
    ["13/01/2023", "05/01/2023", "06/02/2021"],
    ["08:30", "17:05"],
    ["007", "A10", "1e3", "true", "7"],
    ["NA", "DE", "FR", ""],
    [f"c{i}" for i in range(70)],
    ["same"],
    CELLS,
]


def columns(rows):
    """A column of cells that belong together, or of anything."""
    return st.sampled_from(KINDS).flatmap(
        lambda cells: st.lists(st.sampled_from(cells), min_size=rows, max_size=rows)
    )


@st.composite
def tables(draw):
    rows = draw(st.integers(2, 12))
    return draw(st.lists(columns(rows), min_size=1, max_size=3))


def quoted(cell):
    return f'"{cell}"'


def write(path, table, names, target=True):
    """Cells by column as a file; every cell is quoted."""
    rows = list(zip(*table, strict=True))
    lines = [",".join([*names, "y"] if target else names)]
    lines += [
        ",".join([*map(quoted, row), str(i % 3 + 0.5)] if target else list(map(quoted, row)))
        for i, row in enumerate(rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


@settings(deadline=None, max_examples=100)
@given(table=tables(), data=st.data())
def test_any_rows_of_a_file_are_what_they_are_in_the_whole(tmp_path_factory, table, data):
    folder = tmp_path_factory.mktemp("rows")
    names = [f"c{i}" for i in range(len(table))]
    try:
        dataset = load(write(folder / "all.csv", table, names), target="y")
        preprocessing = Preprocessing.fit(dataset, np.arange(max(1, len(dataset) // 2)))
        whole = preprocessing.transform(dataset)
    except DataError:
        assume(False)
    count = len(table[0])
    picked = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=count))
    order = data.draw(st.permutations(range(len(table))))
    part = [[table[column][row] for row in picked] for column in order]
    path = write(folder / "some.csv", part, [names[column] for column in order], target=False)
    again = load(path, need_target=False)
    np.testing.assert_array_equal(preprocessing.transform(again), whole[picked])
    np.testing.assert_array_equal(
        preprocessing.transform(dataset.rows(np.array(picked))), whole[picked]
    )
    answers = write(folder / "answers.csv", part, [names[column] for column in order])
    scored = load(answers, target="y", like=preprocessing)
    np.testing.assert_array_equal(preprocessing.transform(scored), whole[picked])
    read_again = Preprocessing.from_json(preprocessing.to_json())
    np.testing.assert_array_equal(read_again.transform(again), whole[picked])
    texts = pd.DataFrame({names[c]: part[i] for i, c in enumerate(order)}, dtype=object)
    np.testing.assert_array_equal(preprocessing.transform(texts), whole[picked])
    assert all(isinstance(note, str) for note in preprocessing.remarks(again))


frames = st.fixed_dictionaries(
    {},
    optional={
        "n": st.just(np.array([1.5, np.nan, -3.0, 4.0, 4.0, 1e9])),
        "i": st.just(np.array([1, 2, 3, 4, 5, 6])),
        "b": st.just(np.array([True, False, True, True, False, False])),
        "t": st.just(np.array(["007", "1e3", None, "true", "x", "7"], object)),
        "o": st.just(np.array([1, None, 2.5, 3, 4, 5], object)),
        "p": st.just(pd.array([True, None, False, True, True, False], dtype="boolean")),
        "m": st.just(pd.array([1, None, 3, 4, 4, 6], dtype="Int64")),
        "c": st.just(pd.Categorical([1, 2, None, 10, 1, 2])),
        "s": st.just(pd.array(["a", None, "b", "a", "b", "7"], dtype="string")),
        "d": st.just(pd.to_datetime(["2023-01-05", None, *["2024-02-29"] * 3, "2020-12-31"])),
    },
).filter(bool)


@settings(deadline=None, max_examples=40)
@given(columns=frames, picked=st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_any_rows_of_a_frame_are_what_they_are_in_the_whole(columns, picked):
    frame = pd.DataFrame(columns)
    dataset = Dataset.from_arrays(frame, np.arange(6.0))
    preprocessing = Preprocessing.fit(dataset, np.arange(4))
    whole = preprocessing.transform(frame)
    np.testing.assert_array_equal(preprocessing.transform(dataset), whole)
    part = frame.iloc[picked][list(reversed(frame.columns))]
    np.testing.assert_array_equal(preprocessing.transform(part), whole[picked])


@settings(deadline=None, max_examples=40)
@given(
    values=st.lists(
        st.tuples(
            st.sampled_from([0.1, 1.0, -3.7, 1e6, 12.5]), st.sampled_from([1e9, 1e9 + 1e-7, 2.0])
        ),
        min_size=3,
    ),
    data=st.data(),
)
def test_any_rows_of_an_array_are_what_they_are_in_the_whole(values, data):
    x = np.array(values)
    preprocessing = Preprocessing.fit(Dataset.from_arrays(x, np.zeros(len(x))), np.arange(2))
    picked = data.draw(st.lists(st.integers(0, len(x) - 1), min_size=1))
    np.testing.assert_array_equal(
        preprocessing.transform(x[picked]), preprocessing.transform(x)[picked]
    )


CODES = pd.DataFrame(
    {"code": ["007", "A10", "1e3", "true", "B20", "007"], "size": [1.0, 2, 3, 4, 5, 6]}
)


@pytest.mark.parametrize(
    ("code", "match"),
    [
        (
            [7],
            "column 'code', row 0: .* categories.* received the number 7, where training had '007'",
        ),
        ([True], "received the boolean True, where training had 'true'"),
        (pd.to_datetime(["2023-01-05"]), "column 'code', row 0: .* received dates"),
    ],
)
def test_a_category_that_comes_as_a_number_is_refused_where_it_may_be_another(code, match):
    preprocessing = Preprocessing.fit(Dataset.from_arrays(CODES, np.arange(6.0)), np.arange(6))
    with pytest.raises(DataError, match=match):
        preprocessing.transform(pd.DataFrame({"code": code, "size": [1.0]}))


def test_a_category_that_comes_as_a_number_is_the_text_that_it_would_be():
    frame = pd.DataFrame({"zone": ["1", "2", "north", "10", "2.5"]})
    preprocessing = Preprocessing.fit(Dataset.from_arrays(frame, np.arange(5.0)), np.arange(5))
    whole = preprocessing.transform(frame)
    np.testing.assert_array_equal(
        preprocessing.transform(pd.DataFrame({"zone": [10.0, 2, 2.5, np.nan]})),
        [whole[3], whole[1], whole[4], np.zeros(5)],
    )
    declared = pd.DataFrame({"zone": pd.Categorical([10, 3])})
    np.testing.assert_array_equal(preprocessing.transform(declared), [whole[3], np.zeros(5)])
    assert preprocessing.remarks(declared) == (
        "column 'zone' has a value that training did not see, in 1 row: '3'",
    )


def test_numbers_as_text_are_read_as_training_wrote_them(csv_file):
    dataset = load(csv_file("t;y\n1,5;2\n2,5;3\n4,0;4\n", "t.csv"))
    preprocessing = Preprocessing.fit(dataset, np.arange(3))
    whole = preprocessing.transform(dataset)
    one = load(csv_file("t\n4,0\n", "one.csv"), need_target=False)
    np.testing.assert_array_equal(preprocessing.transform(one), whole[2:])
    with pytest.raises(
        DataError,
        match=r"odd.csv, column 't', line 3: .* numbers.* received text: '4.0'. In training "
        "they were written with decimal commas",
    ):
        preprocessing.transform(load(csv_file("t;u\n4,0;1\n4.0;1\n", "odd.csv"), need_target=False))


@pytest.mark.parametrize(
    ("training", "new", "match"),
    [
        ("n\n1\n2\n", "n\n1\noops\n", "line 3: the column holds numbers.*text: 'oops'"),
        ("n\n1\n2\n", "n\n1\ntrue\n", "line 3: the column holds numbers.*text: 'true'"),
        ("n\n1\n2\n", "n\n1\ninf\n", "line 3: numbers are finite; received 'inf'"),
        ("n\ntrue\nfalse\n", "n\ntrue\nyes\n", "line 3: .*true or false.* received 'yes'"),
        ("n\n2023-01-05\n2023-01-06\n", "n\n2023-01-05\n\n7\n", "line 4: .*dates.* received '7'"),
        ("n\n08:30\n09:30\n", "n\n25:00\n", "line 2: .* expected a time as time; received '25:00'"),
        ("n\n12%\n13%\n", "n\n12\n", "line 2: .*text: '12'. In training .* written with '%'"),
    ],
)
def test_a_cell_that_is_none_of_its_column_is_named(csv_file, training, new, match):
    lines = training.splitlines()
    body = [lines[0] + ",y", *(f"{line},{i}.5" for i, line in enumerate(lines[1:]))]
    dataset = load(csv_file("\n".join(body) + "\n"))
    preprocessing = Preprocessing.fit(dataset, np.arange(2))
    with pytest.raises(DataError, match=r"new\.csv, column 'n', " + match):
        preprocessing.transform(load(csv_file(new, "new.csv"), need_target=False))


def test_nothing_is_warned_of_by_the_libraries(csv_file):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = load(csv_file("a,b,y\n1e308,,1\n-1e308,,2\n3,x,3\n"))
        preprocessing = Preprocessing.fit(dataset, np.arange(3))
        assert preprocessing.remarks(dataset) == ()
