"""The same table is the same data set in whatever format it comes."""

import gzip
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_formats import PLACES, small_table, write_table

from shoal.data import Dataset, Preprocessing, load
from shoal.errors import DataError

NAMES = (
    "t.csv.gz", "t.csv.bz2", "t.csv.xz", "t.csv.zip", "t.csv.zst", "t.tsv", "t.parquet",
    "t.feather", "t.arrow", "t.arff", "t.xlsx",
)  # fmt: skip


def same(one: Dataset, two: Dataset) -> None:
    pd.testing.assert_frame_equal(one.x, two.x)
    np.testing.assert_array_equal(one.y, two.y)
    for name in ("kind", "task", "classes", "target", "label_type"):
        assert getattr(one, name) == getattr(two, name), name


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The table as a CSV file."""
    return write_table(small_table(), tmp_path_factory.mktemp("plain") / "t.csv")


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_the_same_in_every_format(plain, tmp_path, name):
    data, other = load(plain), load(write_table(small_table(), tmp_path / name))
    same(data, other)
    fitted = Preprocessing.fit(data, np.arange(12))
    back = Preprocessing.fit(other, np.arange(12))
    for model in (fitted, back):  # each reads what the other was trained on
        np.testing.assert_array_equal(model.transform(data), model.transform(other))
        new = load(tmp_path / name, need_target=False, target="kind", like=model)
        np.testing.assert_array_equal(model.transform(new), model.transform(data))


def test_a_frame_is_what_its_file_is(plain):
    frame = small_table()
    data = load(plain)
    same(data, Dataset.from_arrays(frame.drop(columns="kind"), frame["kind"]))
    nullable = frame.convert_dtypes().astype({"text": "category"})
    same(data, Dataset.from_arrays(nullable.drop(columns="kind"), frame["kind"]))
    polars = pytest.importorskip("polars")
    pytest.importorskip("narwhals")
    for kind in (polars.String, polars.Categorical):
        cells = {n: [None if v != v else v for v in c.tolist()] for n, c in frame.items()}
        other = polars.DataFrame(cells)
        other = other.with_columns(
            polars.col("text").cast(kind)
        ).drop("kind")  # fmt: skip
        same(data, Dataset.from_arrays(other, polars.Series("kind", frame["kind"].tolist())))
        fitted = Preprocessing.fit(data, np.arange(24))
        np.testing.assert_array_equal(fitted.transform(other), fitted.transform(data))
        assert fitted.remarks(other) == ()


def columns(rows):
    numbers = st.integers(-(10**6), 10**6)
    reals = st.floats(-1e9, 1e9, allow_nan=False).map(lambda v: round(v, 4))
    made = {
        "whole": st.lists(numbers, min_size=rows, max_size=rows, unique=True),
        "real": st.lists(st.one_of(reals, st.just(np.nan)), min_size=rows, max_size=rows),
        "text": st.lists(st.sampled_from([*PLACES, None]), min_size=rows, max_size=rows),
        "yes": st.lists(st.booleans(), min_size=rows, max_size=rows),
    }
    return st.fixed_dictionaries(made)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(4, 9).flatmap(columns))
def test_any_table_is_the_same_in_every_format(tmp_path_factory, made):
    frame = pd.DataFrame({**made, "y": np.arange(len(made["yes"])) + 0.5})
    frame.loc[0, ["real", "text"]] = [0.25, "ash"]  # a column of nothing has no type in a CSV
    folder = tmp_path_factory.mktemp("any")
    data = load(write_table(frame, folder / "t.csv"))
    for name in ("t.arff", "t.parquet", "t.feather"):
        same(data, load(write_table(frame, folder / name)))


def test_types_of_a_format_are_kept(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"zip": ["01067", "10115", None, "NA"] * 3, "y": np.arange(12) + 0.5})
    data = load(write_table(frame, tmp_path / "t.parquet"))
    assert data.x["zip"].tolist()[:4] == ["01067", "10115", None, "NA"]
    assert load(write_table(frame, tmp_path / "t.csv")).x["zip"].tolist()[:2] == [1067, 10115]
    fitted = Preprocessing.fit(data, np.arange(12))
    told = load(tmp_path / "t.csv", like=fitted, task="regression")
    np.testing.assert_array_equal(fitted.transform(told), fitted.transform(data))


def test_arff_as_it_is_described(csv_file):
    text = """% comment
@relation r
@ATTRIBUTE 'a b' INTEGER
@attribute c {x, 'y z', "it's"}
@attribute s string
@attribute d date "yyyy-MM-dd HH:mm"
@attribute class {no,yes}
@DATA
1, 'y z', 'say \\'hi\\', ok', "2024-02-01 10:30", yes
% another
?, x, ?, ?, no
{0 3, 2 't, u', 3 "2024-02-02 00:00", 4 yes}
"""
    data = load(csv_file(text, "t.arff"))
    assert data.x["a b"].tolist()[0::2] == [1.0, 3.0]
    assert data.x["c"].tolist() == ["y z", "x", "x"]
    assert data.x["s"].tolist() == ["say 'hi', ok", None, "t, u"]
    assert str(data.x["d"][0]) == "2024-02-01 10:30:00"
    assert (data.classes, data.y.tolist()) == (("no", "yes"), [1, 0, 1])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("@attribute a numeric\n@data\nx\n", "column 'a', line 3: .* a number; received 'x'"),
        ("@attribute a {p,q}\n@data\np\nr\n", "line 4: .* one of p, q; received 'r'"),
        ("@attribute a relational\n@data\n", "line 1: a column of an ARFF file is numeric"),
        ("@attribute a real\n1\n", "line 2: an ARFF file names its columns by @attribute"),
        ("@attribute a real\n", "a line @data before its rows"),
        ("@attribute a real\n@data\n", "received no rows"),
        ("@attribute a real\n@attribute a real\n@data\n1,2\n", "received 'a' twice"),
        ("@attribute a real\n@data\n1,2\n", "line 3: .* expected 1; received 2"),
        ("@attribute a real\n@data\n{7 1}\n", "line 3: .* places 0 to 0; received '7 1'"),
        ("@attribute a real\n@data\n'1\n", "line 3: .* a number"),
        ("@attribute a real\n@data\n1e999\n", "line 3: .* a number; received '1e999'"),
    ],
)
def test_arff_that_is_none(csv_file, text, match):
    with pytest.raises(DataError, match=match):
        load(csv_file(text, "t.arff"))


def test_a_format_with_types_always_names_its_columns(tmp_path):
    texts = [f"a text of several words, number {i}" for i in range(40)]
    frame = pd.DataFrame({"spam": ["spam", "ham"] * 20, "what they wrote to us": texts})
    for name in ("t.parquet", "t.arff"):
        data = load(write_table(frame, tmp_path / name), target="spam")
        assert (data.kind, data.text, len(data)) == ("text", "what they wrote to us", 40)


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("t.parquet", ["pyarrow"]), ("t.feather", ["pyarrow"]), ("t.xlsx", ["openpyxl"]),
        ("t.h5", ["h5py"]), ("t.csv.zst", ["pyarrow", "compression"]),
    ],
)  # fmt: skip
def test_a_package_that_is_missing_is_named(csv_file, monkeypatch, name, packages):
    for package in packages:
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DataError, match=rf"by the package {packages[0]}.* 'shoal\[tables\]', or"):
        load(csv_file(b"anything", name))


@pytest.mark.parametrize(
    "name", ["t.csv.gz", "t.csv.bz2", "t.csv.xz", "t.csv.zip", "t.csv.zst", "t.parquet",
             "t.feather", "t.arrow", "t.xlsx", "t.h5"],
)  # fmt: skip
def test_damaged_files_are_refused_by_name(csv_file, tmp_path, name):
    whole = write_table(small_table(), tmp_path / f"whole{name}").read_bytes()
    for data in (b"", b"junk" * 30, whole[: len(whole) // 2]):
        with pytest.raises(DataError, match=name.replace(".", r"\.")):
            load(csv_file(data, name), need_target=False)


def test_what_would_unpack_to_too_much_is_refused(csv_file, monkeypatch):
    monkeypatch.setenv("SHOAL_MAX_GB", "0.01")
    with pytest.raises(DataError, match="must fit into the memory"):
        load(csv_file(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000), "t.csv.gz"))


def test_hdf5_holds_a_table_or_arrays(tmp_path, monkeypatch):
    h5py = pytest.importorskip("h5py")
    frame = small_table().drop(columns=["text", "day"])
    same(load(write_table(frame, tmp_path / "t.h5")), load(write_table(frame, tmp_path / "t.csv")))
    x, y = np.arange(12.0).reshape(6, 2), np.arange(6) + 0.5
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["x"], file["y"] = x, y
    data = load(tmp_path / "a.hdf5")
    assert (data.task, data.y.tolist(), data.x.tolist()) == ("regression", y.tolist(), x.tolist())
    with pytest.raises(DataError, match="an array named 'z'; received arrays named 'x', 'y'"):
        load(tmp_path / "a.hdf5", target="z")
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file["deep/rows"] = np.array([(1, b"u", 0.5), (2, b"v", 1.5)], "i4,S1,f4")
        assert file["deep/rows"].shape == (2,)
    data = load(tmp_path / "f.h5")
    assert (data.x.to_dict("list"), data.y.tolist()) == (
        {"f0": [1, 2], "f1": ["u", "v"]},
        [0.5, 1.5],
    )
    with h5py.File(tmp_path / "n.h5", "w") as file:
        file["numbers"] = np.column_stack([x, y])
    data = load(tmp_path / "n.h5")
    assert (list(data.x), data.target, data.unnamed) == (["x0", "x1"], "x2", 3)
    with h5py.File(tmp_path / "far.h5", "w") as file:
        file["table/a"] = np.arange(3)
        space = h5py.h5s.create_simple((3,))
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_external(b"/etc/hostname", 0, 3)
        h5py.h5d.create(file["table"].id, b"b", h5py.h5t.NATIVE_UINT8, space, layout)
    with pytest.raises(DataError, match="a data set stands in its file"):
        load(tmp_path / "far.h5")
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file["table/a"], file["table/b"] = np.arange(3), np.arange(4)
    with pytest.raises(DataError, match=r"columns of one length.* 'a' \(3,\), 'b' \(4,\)"):
        load(tmp_path / "odd.h5")


def test_excel_as_people_have_it(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "empty"
    page = book.create_sheet("data")
    for row in [None, None], ["size", "name"], [1.5, "=1+1"], [None, None], ["#N/A", "b"]:
        page.append([None, *row, 2 if row[0] != "size" else "y"] if row[0] else [])
    page["B3"] = 2
    book.save(tmp_path / "t.xlsx")
    data = load(tmp_path / "t.xlsx", task="regression")
    assert list(data.x) == ["size", "name"]
    assert len(data) == 2
    assert np.isnan(data.x["size"][1])
    assert any("the sheet 'data' is read" in note for note in data.notes)
