"""Folders of tables that are one: shards, files by part, and files by class."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shoal.data import load
from shoal.data.io.table_folder import table_folder
from shoal.data.preprocessing import Preprocessing
from shoal.errors import DataError


def numbers(path: Path, start: int, count: int, *, target: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{i},{'uv'[i % 2]}" + (f",{i / 4}" if target else "") for i in range(start, start + count)
    ]
    path.write_text("\n".join(["a,b" + ",y" * target, *lines]) + "\n")


def texts(count: int, start: int = 0) -> list[dict[str, object]]:
    words = ("a good film, warm and clever", "a bad film, cold and dull")
    return [{"text": f"{words[i % 2]} {i}", "label": i % 2} for i in range(start, start + count)]


def parts_of(source: Path, **options: object) -> list[int] | None:
    data = load(source, **options)  # type: ignore[arg-type]
    return None if data.parts is None else np.bincount(data.parts, minlength=3).tolist()


def test_shards_without_parts(tmp_path: Path) -> None:
    for shard in range(3):
        numbers(tmp_path / f"part-{shard:05}.csv", 10 * shard, 10)
    data = load(tmp_path)
    assert data.parts is None
    assert data.y is not None
    assert data.y.tolist() == [i / 4 for i in range(30)]
    assert load(tmp_path, target="b").classes == ("u", "v")
    assert "read as one table: part-00000.csv, part-00001.csv, part-00002.csv" in data.notes


@pytest.mark.parametrize("names", [
    ("train.csv", "validation.csv", "test.csv"),
    ("titanic_train.csv", "titanic_dev.csv", "titanic_test.csv"),
    ("train-00000-of-00001.csv", "valid-00000-of-00001.csv", "test-00000-of-00001.csv"),
    ("data/train.csv", "data/val.csv", "data/testing.csv"),
])  # fmt: skip
def test_files_by_part(tmp_path: Path, names: tuple[str, ...]) -> None:
    for place, (name, count) in enumerate(zip(names, (8, 3, 2), strict=True)):
        numbers(tmp_path / name, 100 * place, count)
    (tmp_path / "README.md").write_text("what it is")
    data = load(tmp_path)
    assert data.parts is not None
    assert data.parts.tolist() == [0] * 8 + [1] * 3 + [2] * 2
    assert data.y is not None
    assert data.y[8] == 25
    assert "the files tell the split: 8 for train, 3 for validation, 2 for test" in data.notes


def test_a_test_without_answers_is_left_out_where_they_are_needed(tmp_path: Path) -> None:
    numbers(tmp_path / "train.csv", 0, 20)
    numbers(tmp_path / "test.csv", 50, 5, target=False)
    (tmp_path / "sample_submission.csv").write_text("id,y\n1,0\n")
    data = load(tmp_path)
    assert len(data) == 20
    assert data.parts is None
    assert "left out, for they have no targets: test.csv" in data.notes
    assert "left out, for they are not of the table: sample_submission.csv" in data.notes
    fitted = Preprocessing.fit(data, np.arange(20))
    assert len(load(tmp_path, like=fitted, need_target=False)) == 25
    assert load(tmp_path / "train.csv").y is not None


def test_json_lines_of_texts(tmp_path: Path) -> None:
    for name, count in (("train.jsonl", 40), ("test.jsonl", 10)):
        rows = texts(count, 100 * count)
        if name == "test.jsonl":
            rows = [{**row, "label": -1} for row in rows]
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "dataset_infos.json").write_text("{}")
    data = load(tmp_path, target="label")
    assert (data.kind, len(data), data.classes) == ("text", 40, ("0", "1"))
    assert "left out, for they have no targets: test.jsonl" in data.notes


def test_parquet_with_names_of_classes(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    told = {"info": {"features": {"label": {"names": ["good", "bad"], "_type": "ClassLabel"}}}}
    (tmp_path / "data").mkdir()
    for name, start in (
        ("train-00000-of-00002", 0),
        ("train-00001-of-00002", 20),
        ("test-00000-of-00001", 40),
    ):
        table = pa.Table.from_pylist(texts(20, start))
        table = table.replace_schema_metadata({b"huggingface": json.dumps(told).encode()})
        pq.write_table(table, tmp_path / "data" / f"{name}.parquet")
    data = load(tmp_path)
    assert data.kind == "text"
    assert data.parts is not None
    assert data.parts.tolist() == [0] * 40 + [2] * 20
    assert data.classes == ("bad", "good")
    assert data.y is not None
    assert data.y[:2].tolist() == [1, 0]


def test_pictures_in_shards(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    def encoded(level: int) -> dict[str, object]:
        buffer = io.BytesIO()
        Image.fromarray(np.full((4, 4), level, np.uint8)).save(buffer, "PNG")
        return {"bytes": buffer.getvalue(), "path": None}

    for name, start, label in (
        ("train-0-of-2", 0, None),
        ("train-1-of-2", 5, None),
        ("test-0-of-1", 10, -1),
    ):
        rows = [
            {"image": encoded(start + i), "label": i % 2 if label is None else label}
            for i in range(5)
        ]
        pd.DataFrame(rows).to_parquet(tmp_path / f"{name}.parquet")
    data = load(tmp_path)
    assert data.x.shape == (10, 4, 4, 1)
    assert data.x[:, 0, 0, 0].tolist() == list(range(10))
    assert any("left out, for they have no targets: test-0-of-1.parquet" in n for n in data.notes)
    fitted = Preprocessing.fit(data, np.arange(10))
    assert len(load(tmp_path, like=fitted, need_target=False)) == 15


@pytest.mark.parametrize("where", ["{}.csv", "{}/texts.csv"])
def test_a_file_of_texts_for_each_class(tmp_path: Path, where: str) -> None:
    for place, label in enumerate(("neg", "neutral", "pos")):
        path = tmp_path / where.format(label)
        path.parent.mkdir(exist_ok=True)
        lines = [
            f'"a text, number {i}, of the {label} kind"' for i in range(10 * place, 10 * place + 10)
        ]
        path.write_text("\n".join(["text", *lines]) + "\n")
    data = load(tmp_path)
    assert (data.kind, data.classes, len(data)) == ("text", ("neg", "neutral", "pos"), 30)
    assert data.y is not None
    assert np.bincount(data.y).tolist() == [10, 10, 10]
    fitted = Preprocessing.fit(data, np.arange(30))
    assert len(load(tmp_path, like=fitted, need_target=False)) == 30


def test_several_tables_are_none(tmp_path: Path) -> None:
    numbers(tmp_path / "houses.csv", 0, 5)
    numbers(tmp_path / "people.csv", 0, 5)
    with pytest.raises(DataError, match=r"2 tables: houses\.csv, people\.csv.*Give one of them"):
        load(tmp_path)
    (tmp_path / "people.csv").unlink()
    assert len(load(tmp_path)) == 5
    (tmp_path / "houses.csv").rename(tmp_path / "train.csv")
    (tmp_path / "validation.csv").write_text("a,c,y\n1,2,3\n4,5,6\n")
    with pytest.raises(DataError, match="the files of one table have the same columns"):
        load(tmp_path)


def test_what_is_no_folder_of_tables(tmp_path: Path) -> None:
    assert table_folder(tmp_path) is None
    (tmp_path / "state.json").write_text("{}")
    assert table_folder(tmp_path) is None
    (tmp_path / "a-1.csv").write_text("x\n1\n")
    (tmp_path / "b.csv").write_text("x\n1\n")
    found = table_folder(tmp_path)
    assert found is not None
    assert found.of_classes
