"""The row of large tables: what its figures are, and that its side still works."""

from __future__ import annotations

from pathlib import Path

from benchmarks.rows.large_table import growth
from benchmarks.sides import table, table_writer


def test_growth_is_the_largest_over_the_smallest() -> None:
    small = {"read": 10.0, "train": 4.0, "predict": 8.0, "us_per_row": 22.0}
    large = {"read": 5.0, "train": 8.0, "predict": 8.0, "us_per_row": 21.0}
    told = {"read": 0.5, "train": 2.0, "predict": 1.0, "us_per_row": 0.95}
    assert growth([small, large]) == told


def test_a_table_is_written_in_parts_load_model_on_and_predicted(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(table_writer, "PART", 300)
    path = tmp_path / "table.csv"
    table_writer.answer({"path": str(path), "rows": 500})
    lines = path.read_text().splitlines()
    assert len(lines) == 501
    assert {line.count(",") for line in lines} == {50}
    told = table.answer({"path": str(path), "epochs": 1})
    assert told["predictions"] == 500
    assert set(told["seconds"]) == set(table.STEPS)
    assert all(seconds > 0 for seconds in told["seconds"].values())
    assert told["peak_megabytes"] > 50
