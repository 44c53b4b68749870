import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.data import load
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.errors import DataError


def rows(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_numbers_booleans_text_and_blanks_are_told_apart(csv_file):
    path = csv_file(
        rows("age,member,town,price", "31,true,Bonn,1.5", ",FALSE,?,2.5", "7,NA, Ulm ,3.25")
    )
    dataset = load(path)
    assert dataset.column_names == ("age", "member", "town")
    np.testing.assert_array_equal(dataset.x["age"], [31, np.nan, 7])
    assert dataset.x["member"].tolist()[:2] == [True, False]
    assert dataset.x["member"].isna().tolist() == [False, False, True]
    assert dataset.x["town"].tolist() == ["Bonn", None, "Ulm"]
    assert (dataset.task, dataset.target) == ("regression", "price")
    np.testing.assert_array_equal(dataset.y, [1.5, 2.5, 3.25])


def test_the_target_is_the_last_column_or_the_one_named(csv_file):
    path = csv_file(rows("a,b,c", "1,x,2.5", "2,y,3.5"))
    assert load(path).target == "c"
    named = load(path, target="b")
    assert named.column_names == ("a", "c")
    assert named.classes == ("x", "y")
    assert named.y.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["0", "1"] * 3, "classification"),
        (["1.0", "2.0"] * 3, "classification"),
        ([str(i % 3) for i in range(30)], "classification"),
        ([str(i % 3) for i in range(29)], "classification"),
        ([str(3 + i % 7) for i in range(69)], "regression"),
        ([str(3 + i % 7) for i in range(70)], "classification"),
        ([str(i % 21) for i in range(2100)], "classification"),
        ([str(2 + i % 21) for i in range(2100)], "regression"),
        (["0.5", "1"] * 10, "regression"),
        (["True", "False"] * 2, "classification"),
        (["low", "high"], "classification"),
    ],
)
def test_which_targets_are_classes(csv_file, values, task):
    dataset = load(csv_file(rows("x,y", *(f"{i},{v}" for i, v in enumerate(values)))))
    assert dataset.task == task


def test_whole_numbers_as_classes_keep_their_order_and_are_remarked_on(csv_file):
    dataset = load(csv_file(rows("x,grade", *(f"{i},{(9, 10, 2)[i % 3]}" for i in range(30)))))
    assert dataset.classes == ("2", "9", "10")
    assert dataset.notes == (
        "taken as classification: the target 'grade' holds 3 different whole numbers; "
        "--task regression (in Python task='regression') reads them as numbers",
    )


def test_the_task_can_be_given(csv_file):
    path = csv_file(rows("x,y", "1,0", "2,1", "3,1"))
    assert load(path, task="regression").y.dtype == np.float64
    halves = load(csv_file(rows("x,y", "1,2.5", "2,1"), "b.csv"), task="classification")
    assert halves.classes == ("1", "2.5")
    with pytest.raises(DataError, match=r"numbers as targets; received names such as 'a'"):
        load(csv_file(rows("x,y", "1,a", "2,b"), "c.csv"), task="regression")


def test_tabs_and_semicolons_and_quotes_and_a_byte_order_mark(csv_file):
    assert load(csv_file("a\tb\n1\tit's\n2\t\"5\n", "t.tsv")).classes == ('"5', "it's")
    assert load(csv_file("a;b\n1;x\n2;y\n")).classes == ("x", "y")
    dataset = load(csv_file('\ufeffa,b\r\n"1",x\r\n\r\n2,"y, or\nz"\r\n', "q.csv"))
    assert dataset.column_names == ("a",)
    assert dataset.classes == ("x", "y, or\nz")


def test_to_predict_no_target_is_needed(csv_file):
    path = csv_file(rows("a,b", "1,2", "3,4"))
    assert load(path, need_target=False).column_names == ("a", "b")
    assert load(path, need_target=False).y is None
    assert load(path, need_target=False, target="c").column_names == ("a", "b")
    there = load(path, need_target=False, target="b")
    assert there.column_names == ("a",)
    assert len(there.y) == 2
    blank = load(csv_file(rows("a,b", "1,", "3,4")), need_target=False, target="b")
    assert blank.column_names == ("a",)
    assert blank.y is None


def test_the_labels_of_rows_that_pandas_writes_are_left_out(csv_file):
    dataset = load(csv_file(rows(",a,b", "17,1,x", "4,2,y")))
    assert dataset.column_names == ("a",)
    assert "labels the rows" in dataset.notes[0]


def test_a_column_that_repeats_the_target_is_remarked_on(csv_file):
    lines = [f"{i * i},{i % 5},{'yes' if i % 2 else 'no'},{i % 2}" for i in range(40)]
    dataset = load(csv_file(rows("id,x,alive,survived", *lines)))
    assert len(dataset.notes) == 1, dataset.notes
    assert dataset.notes[0].startswith("column 'alive' determines the target 'survived'")


def test_a_linear_copy_of_a_number_is_remarked_on(csv_file):
    lines = [f"{i * i % 17},{1.5 + i * 0.25},{i * 0.5 + 0.1}" for i in range(40)]
    notes = load(csv_file(rows("x,double,y", *lines))).notes
    assert [note.split(" determines")[0] for note in notes] == ["column 'double'"]


def test_a_column_of_ids_and_one_of_numbers_and_text_are_remarked_on(csv_file):
    lines = [f"name{i},{i if i % 2 else 'A' + str(i)},{i % 2}" for i in range(80)]
    notes = load(csv_file(rows("who,ticket,y", *lines))).notes
    assert notes == (
        "column 'who' holds 80 different texts: most are not told apart",
        "column 'ticket' mixes numbers and text and is taken as text (--numeric: its text is "
        "missing)",
    )


def test_a_header_that_looks_like_data_is_questioned(csv_file):
    data = load(csv_file("5,3,x\n1,2,a\n3,4,b\n"), header=True)
    assert (list(data.x), data.target) == (["5", "3"], "x")
    text = "name,2019,2020\n" + "".join(f"n{i},{i},{i * i}\n" for i in range(9))
    assert "2 of 3 column names are numbers" in load(csv_file(text)).notes[0]


def bad(text, match, **options):
    return pytest.param(text, match, options, id=match[:40])


@pytest.mark.parametrize(
    ("text", "match", "options"),
    [
        bad("", "received an empty file"),
        bad("a,b\n", "rows below its header; received only a header"),
        bad("a,b,a\n1,2,3\n", "line 1: .* columns differ; received 'a' twice"),
        bad("a,0,0\n1,2,3\n", "'0' twice. If the first line is a row, say so: --no-header"),
        bad("a,,b\n1,2,3\n", "line 1: .* no name for column 2"),
        bad(",a,b\n1,2,3\n1,3,4\n", "no name for column 1"),
        bad(",a\n0,2\n1,3\n", "columns besides the target; received only 'a'"),
        bad("a\n1\n2\n", "columns besides the target; received only 'a'"),
        bad("a,b\n1,2\n\n3\n", "line 4: .* expected 2 fields; received 1"),
        bad("a,b\n1,2\n3,4,5\n", "line 3: .* expected 2 fields; received 3"),
        bad('a,b\n1,x\n2,"y\n3,z\n', "line 3: .*a quote that is not closed"),
        bad(
            "a,b\n1,x\n2,\n3,?\n",
            "column 'b': every row needs a target; received 2 blank, in line 3, 4. Remove",
        ),
        bad("a,b\n1,x\ninf,y\n", "column 'a', line 3: numbers are finite; received 'inf'"),
        bad(
            "a,b\n" + "1,x\n" * 9 + "oops,y\n",
            "column 'a', line 11: .* not both; expected a number or a blank; received 'oops'",
        ),
        bad("a,b\n" + "1,x\n" * 18 + "o,y\np,y\n", r"'o' \(2 such\)"),
        bad("a,b\n1,2\n", "expected one of 'a', 'b'; received 'bb'. Did you mean 'b'", target="bb"),
        bad("a,b\n1,2\n", "expected one of 'a', 'b'; received 'price'$", target="price"),
        bad(
            "é,b\nü,2\n".encode() + b"x\xe9,3\n",
            "line 3: .* byte 0xe9 at position 2. Save it again as UTF-8",
        ),
        bad(b"a,b\n1,\0\n", "line 2: a table is text; received a zero byte"),
        bad("a,b\n" + "x" * 200_000 + "\n", "line 2: .* expected 2 fields; received 1"),
    ],
)
def test_bad_tables_are_refused_with_the_place(csv_file, text, match, options):
    with pytest.raises(DataError, match=r"table\.csv.*" + match):
        load(csv_file(text), **options)


def test_long_lists_of_blank_lines_and_columns_are_cut(csv_file):
    with pytest.raises(DataError, match=r"7 blank, in line 2, 3, 4, 5, 6, …"):
        load(csv_file(rows("a,b", *["1,"] * 7)))
    names = ",".join(f"c{i}" for i in range(40))
    with pytest.raises(DataError, match=r"'c29', …"):
        load(csv_file(rows(names, ",".join(["1"] * 40))), target="zzz")


def test_underscores_do_not_make_numbers(csv_file):
    assert load(csv_file(rows("code,y", "1_2,a", "3_4,b"))).x["code"].tolist() == ["1_2", "3_4"]


cells = st.sampled_from(["", "1", "2.5", "-3e4", "x", "y z", "True", "false", "?", "inf", '"', "é"])


@settings(deadline=None, max_examples=200)
@given(
    header=st.lists(st.sampled_from(["a", "b", "", "1", "target"]), max_size=4),
    body=st.lists(st.lists(cells, min_size=1, max_size=4), max_size=12),
    junk=st.binary(max_size=3),
)
def test_any_table_is_prepared_or_refused_with_a_data_error(tmp_path_factory, header, body, junk):
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    text = "\n".join(",".join(line) for line in [header, *body])
    path.write_bytes(text.encode() + junk)
    try:
        dataset = load(path)
        prepared = prepare(dataset, split(dataset))
    except DataError:
        return
    assert np.isfinite(prepared.train.x).all()


def weighted(tmp_path, *weights):
    path = tmp_path / "weighted.csv"
    rows = [f"{i},{w},{i % 2}" for i, w in enumerate(weights)]
    path.write_text("size,times,kind\n" + "\n".join(rows) + "\n")
    return path


def test_a_column_may_say_how_much_each_row_counts(tmp_path):
    data = load(weighted(tmp_path, "1", "2.5", "0", "3"), weight="times")
    assert data.weight.tolist() == [1, 2.5, 0, 3]
    assert data.weight_column == "times"
    assert data.column_names == ("size",)
    assert data.target == "kind"
    assert load(weighted(tmp_path, "1", "2"), target="size", weight="kind").weight is not None


@pytest.mark.parametrize(
    ("weights", "options", "message"),
    [
        (("1", "2"), {"weight": "time"}, r"weight is a column of the table; .*mean 'times'"),
        (("1", "2"), {"weight": "kind", "target": "kind"}, "weight and the target are two columns"),
        (("1", "", "2"), {"weight": "times"}, r"'times': every row has a weight.* none in line 3"),
        (("one", "two"), {"weight": "times"}, "every row has a weight, a number; received text"),
        (("1", "-2"), {"weight": "times"}, r"finite numbers from 0.* received -2\.0 in row 1"),
        (("0", "0"), {"weight": "times"}, "not all 0; received only zeros"),
    ],
)
def test_weights_that_are_none_are_refused(tmp_path, weights, options, message):
    with pytest.raises(DataError, match=message):
        load(weighted(tmp_path, *weights), **options)


def test_only_tables_have_a_column_of_weights():
    with pytest.raises(DataError, match="only a table in a file"):
        load("digits", weight="times")
