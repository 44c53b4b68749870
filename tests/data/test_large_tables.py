"""What large tables are read and kept with: each beside the plain way that it stands for."""

import io
import tracemalloc
from unittest.mock import patch

import jax
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.data import load
from shoal.data.columns import cell_column
from shoal.data.columns.cell_array import CellArray
from shoal.data.columns.cell_column import CellColumn, FieldRows
from shoal.data.columns.cell_format import PLAIN, CellFormat
from shoal.data.columns.cells import read_cells
from shoal.data.columns.column import Place
from shoal.data.columns.numbers import numbers_of_text
from shoal.data.dataset import Dataset
from shoal.data.encode import encoders
from shoal.data.encode.compact_inputs import CompactInputs
from shoal.data.encode.pixels import ALIGNED, allocated
from shoal.data.encode.texts import look_like_texts
from shoal.data.io import delimited
from shoal.data.io.sheet import CELL_BYTES
from shoal.data.prepare import prepare
from shoal.data.splitting.equal_rows import _coded, _first_equal_in_table, _first_equal_row
from shoal.data.splitting.split import split
from shoal.data.splitting.unseen_rows import describe_unseen_rows, unseen_rows_in
from shoal.errors import DataError

TEXT = st.text(st.characters(exclude_characters="\0"), max_size=4)
SMALL_BLOCKS = patch.object(cell_column, "BLOCK", 3)


@given(st.lists(TEXT, max_size=12), st.data())
def test_a_column_of_cells_is_the_list_of_them(cells, data):
    with SMALL_BLOCKS:
        column = CellColumn.of(cells)
        assert list(column) == column.tolist() == cells
        assert [column[row] for row in range(-len(cells), len(cells))] == 2 * cells
        part = slice(*(data.draw(st.none() | st.integers(-14, 14)) for _ in range(2)))
        assert list(column[part]) == cells[part]
        assert list(column[::2]) == cells[::2]
        rows = data.draw(st.lists(st.sampled_from(range(len(cells))))) if cells else []
        assert list(column.take(np.array(rows, np.int64))) == [cells[row] for row in rows]
        with pytest.raises(IndexError):
            column[len(cells)]


@given(st.lists(st.lists(TEXT, max_size=3), max_size=10), st.data())
def test_rows_of_fields_are_the_list_of_them(fields, data):
    with SMALL_BLOCKS:
        rows = FieldRows.of(fields)
        assert list(rows) == [rows[at] for at in range(len(fields))] == fields
        assert rows.lengths.tolist() == [len(row) for row in fields]
        part = slice(*(data.draw(st.none() | st.integers(-12, 12)) for _ in range(2)))
        assert list(rows[part]) == fields[part]
        assert list(rows[::-2]) == fields[::-2]
        even = [[*row, "", ""][:2] for row in fields]
        columns = FieldRows.of(even)[1:].columns()
        assert [tuple(column) for column in columns] == list(zip(*even[1:], strict=True))


CELLS = st.sampled_from(
    [
        *("1", "-2.5", "+3", "1e5", "-1E-3", ".5", "5.", "007", "-01", "0.5", "1_0", "1,5", "٣"),
        *("1.234", "1,234.5", "20230105", "20231131", "2012", "1e999", "inf", "nan", "NA", "N/A"),
        *("?", "null", "a", "−1", "-", ".", "true", "5%", "2020-01-02", "x1", "\ud800", "", "1 2"),
    ]
)


@given(st.lists(CELLS, min_size=1, max_size=8), st.sampled_from(".,"), st.booleans())
def test_plain_numbers_are_read_as_cell_by_cell(cells, decimal, strict):
    lines = "row {}".format

    def told(column):
        try:
            found = read_cells(column, lines, "f.csv", decimal=decimal, strict=strict)
        except DataError as error:
            return str(error)
        values = list(map(repr, found.values.tolist()))
        return (
            found.holding,
            values,
            found.missing.tolist(),
            found.written,
            found.finding,
            (found.example),
        )

    with SMALL_BLOCKS:
        assert told(CellColumn.of(cells)) == told(tuple(cells))


def test_plain_numbers_of_several_blocks_are_exact_and_take_blanks_of_any_spelling():
    cells = ["0.1", "", "-7e-3", "na", "1e22", "NaN", "2.5", "?", "9007199254740993"]
    with SMALL_BLOCKS, patch("shoal.data.columns.cells.number_format", side_effect=AssertionError):
        found = read_cells(CellColumn.of(cells), "row {}".format, "f.csv")
    there = [0.1, -0.007, 1e22, 2.5, 9007199254740992.0]
    assert (found.holding, found.values[::2].tolist()) == ("number", there)
    assert np.isnan(found.values[1::2]).all()
    assert found.missing.tolist() == [False, True] * 4 + [False]


@given(st.lists(CELLS, min_size=1, max_size=6), st.sampled_from([PLAIN, CellFormat(",")]))
def test_a_model_reads_numbers_as_cell_by_cell(cells, written):
    place: Place = "row {}".format

    def told(column):
        try:
            return list(map(repr, numbers_of_text(column, written, place).tolist()))
        except DataError as error:
            return str(error)

    objects = np.array([*cells, None], object)[:-1]
    assert told(CellColumn.of(cells)) == told(objects)


@given(st.lists(st.sampled_from(["a b c d", "", "12", "wörter sind das", "x", "長い文章"])))
def test_texts_look_the_same_in_a_column_of_cells(cells):
    assert look_like_texts(CellColumn.of(cells)) == look_like_texts(cells)


@given(st.lists(st.sampled_from(["\n", "\r", "\r\n", "ab", '"', ","])), st.integers(0, 4))
def test_lines_are_those_of_the_whole_text(parts, size):
    text = "".join(parts)
    with patch.object(delimited, "PART", size):
        assert list(delimited.lines_of(text)) == list(io.StringIO(text, newline=""))


NUMBERS = st.sampled_from([0.0, -0.0, 1.0, np.nan, -np.nan, 5e-324, 1e300])


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from([None, "a", "b"])), min_size=1))
def test_equal_rows_of_a_table_are_found_by_their_sums(rows):
    frame = pd.DataFrame(rows, columns=list("abc")).astype({"a": float, "b": float})
    columns = _coded(frame)
    assert (
        _first_equal_in_table(columns).tolist()
        == _first_equal_row(np.column_stack(columns)).tolist()
    )


def _mixed(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    colors = rng.choice(["red", "green", "blue", "gray", None], rows)
    towns = [f"t{i}" for i in rng.integers(0, 90, rows)]
    number = rng.normal(size=rows).round(3)
    return pd.DataFrame(
        {
            "color": colors,
            "a": number,
            "gone": [None] * rows,
            "same": "x",
            "town": towns,
            "b": np.where(rng.random(rows) < 0.1, np.nan, number**2),
            "flag": rng.random(rows) < 0.5,
            "letter": rng.choice(list("uvwxyz"), rows),
            "y": (number + (colors == "red")).round(4),
        }
    )


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mixed.csv"
    _mixed(200).to_csv(path, index=False)
    return load(path)


def test_compact_inputs_are_those_that_take_more_memory(table):
    rows = split(table)
    whole = prepare(table, rows)
    with patch.object(encoders, "LARGE_TABLE", 0), patch.object(encoders, "ROWS", 7):
        compact = prepare(table, rows)
    assert compact.preprocessing == whole.preprocessing
    assert isinstance(compact.train.x, CompactInputs)
    assert isinstance(whole.train.x, np.ndarray)
    for one, other in ((compact.train.x, whole.train.x), (compact.test.x, whole.test.x)):
        assert (one.shape, one.dtype, len(one)) == (other.shape, other.dtype, len(other))
        assert np.array_equal(np.asarray(one), other)
        assert np.array_equal(np.concatenate(list(one.blocks())), other)
        assert np.array_equal(one[3], other[3])
        assert np.array_equal(one[[5, 1]], other[[5, 1]])
        for some in (np.s_[:, 2:5], np.s_[3:9, 4], np.s_[[5, 1], [0, 70]], np.s_[:0, 1:]):
            rows_, features = some
            assert np.array_equal(one[some], other[rows_][:, features])
        assert one.nbytes < 0.1 * other.nbytes
    assert describe_unseen_rows(compact, 200) == describe_unseen_rows(whole, 200)
    with patch.object(encoders, "LARGE_TABLE", 0):
        found = unseen_rows_in(describe_unseen_rows(whole, 200), table, whole.preprocessing)
    assert np.array_equal(found, rows.test)


def test_inputs_without_categories_or_of_few_rows_are_arrays(table):
    numbers = Dataset.from_arrays(table.x[["a", "b"]], table.y, task="regression")
    with patch.object(encoders, "LARGE_TABLE", 0):
        assert isinstance(prepare(numbers, split(numbers)).train.x, np.ndarray)
    assert isinstance(prepare(table, split(table)).train.x, np.ndarray)


def test_remarks_come_with_the_inputs(table):
    fitted = prepare(table, split(table)).preprocessing
    other = pd.DataFrame(table.cells.to_numpy(object), columns=table.cells.columns)
    other.loc[0, ["color", "a"]] = ["pink", "1e6"]
    inputs, remarks = fitted.read(other)
    assert np.array_equal(inputs, fitted.transform(other))
    assert remarks == fitted.remarks(other)
    assert len(remarks) == 2


def test_cells_take_no_more_memory_than_their_file(tmp_path):
    path = tmp_path / "mixed.csv"
    frame = pd.concat([_mixed(2000)] * 2, axis=1)
    frame.columns = [f"c{i}" for i in range(len(frame.columns))]
    frame.to_csv(path, index=False)
    load(path)  # imports what it needs
    with patch.object(cell_column, "BLOCK", 32), patch.object(delimited, "PART", 1000):
        tracemalloc.start()
        data = load(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    size = path.stat().st_size
    assert all(isinstance(data.cells[name].array, CellArray) for name in data.cells)
    assert data.cells.memory_usage(index=False).sum() <= size
    assert peak < (CELL_BYTES + 1) * size


def test_a_part_of_the_cells_is_a_table_too(table):
    part = table.rows(np.array([5, 2, 5]))
    assert part.cells.index.tolist() == [7, 4, 7]
    for name in table.cells:
        assert part.cells[name].tolist() == [table.cells[name].iloc[row] for row in (5, 2, 5)]
    assert table.cells.iloc[-1].tolist() == [column[-1] for _, column in _lists(table.cells)]
    assert (table.cells["same"].array == "x").all()
    joined = pd.concat([table.cells["color"], part.cells["color"]])
    assert joined.tolist()[-1] == part.cells["color"].tolist()[-1]


def _lists(frame):
    return [(name, frame[name].tolist()) for name in frame]


def test_much_memory_is_a_mapped_file_and_devices_use_it_as_it_lies(monkeypatch):
    for limit, mapped in (("1", False), ("1e-9", True)):
        monkeypatch.setenv("SHOAL_MAX_GB", limit)
        array = allocated((3, 5), np.float32)
        assert (array.shape, array.dtype, array.ctypes.data % ALIGNED) == ((3, 5), np.float32, 0)
        assert isinstance(array.base, np.memmap) == mapped
        array[:] = np.arange(15).reshape(3, 5)
        placed = jax.device_put(array)
        if jax.default_backend() == "cpu":
            assert placed.unsafe_buffer_pointer() == array.ctypes.data
        assert np.asarray(placed).sum() == 105


def test_a_disk_without_room_is_told(monkeypatch):
    monkeypatch.setenv("SHOAL_MAX_GB", "1")
    with pytest.raises(DataError, match="TMPDIR"):
        allocated((1 << 55,), np.uint8)


def test_numbers_without_names_are_encoded_in_blocks_alike():
    x = np.random.default_rng(0).normal(size=(20, 3))
    x[:, 1] = 2.0
    for scaling in ("standard", "robust", "quantile"):
        data = Dataset.from_arrays(x, x[:, 0], scaling=scaling)
        fitted = prepare(data, split(data)).preprocessing
        whole = fitted.transform(x)
        with patch.object(encoders, "ROWS", 7):
            assert np.array_equal(fitted.transform(x), whole)
        assert (whole[:, 1] == 0).all()
