"""The order of a table's features: numbers, then flags, then categories; files of before."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shoal.data import Dataset
from shoal.data.encode import encoders
from shoal.data.encode.compact_inputs import CompactInputs
from shoal.data.prepare import prepare
from shoal.data.preprocessing import Preprocessing
from shoal.data.splitting.split import split


def table(rows=60):
    rng = np.random.default_rng(0)
    sizes = rng.normal(size=rows)
    sizes[::7] = np.nan
    return pd.DataFrame({
        "town": rng.choice(["a", "b", "c"], rows),
        "size": sizes,
        "sold": rng.integers(0, 2, rows).astype(bool),
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 600, rows), "D"),
        "weight": rng.normal(size=rows),
        "kind": rng.choice(list("pqrstuvwxyz"), rows),
    })  # fmt: skip


def fitted():
    frame = table()
    data = Dataset.from_arrays(frame, np.arange(len(frame)) % 2)
    return data, Preprocessing.fit(data, np.arange(len(frame)))


def test_numbers_come_first_then_flags_then_categories():
    data, found = fitted()
    x = found.transform(data)
    assert found.categories == (3, 11)
    assert found.numeric == 6
    by_column = {c.name: c.encode(v) for c, v in found.encoder._read(data.x, "here")}
    expected = [
        by_column["size"][:, :1], by_column["when"], by_column["weight"], by_column["size"][:, 1:],
        by_column["sold"], by_column["town"], by_column["kind"],
    ]  # fmt: skip
    np.testing.assert_array_equal(x, np.concatenate(expected, axis=1).astype(np.float32))


def test_files_of_before_have_features_by_column():
    data, found = fitted()
    written = found.to_json()
    again = Preprocessing.from_json(written)
    assert (again, again.numeric, again.categories) == (found, 6, (3, 11))
    assert written["encoder"]["kind"] == "table by nature"
    written["encoder"]["kind"] = "table"
    before = Preprocessing.from_json(written)
    assert (before.numeric, before.categories) == (None, ())
    assert before.to_json() == written
    x = before.transform(data)
    parts = [column.encode(values) for column, values in before.encoder._read(data.x, "here")]
    np.testing.assert_array_equal(x, np.concatenate(parts, axis=1).astype(np.float32))
    assert sorted(x[0].tolist()) == sorted(found.transform(data)[0].tolist())


@pytest.mark.parametrize("by_nature", [True, False])
def test_compact_inputs_have_the_same_order(monkeypatch, by_nature):
    data, found = fitted()
    if not by_nature:
        written = found.to_json()
        written["encoder"]["kind"] = "table"
        found = Preprocessing.from_json(written)
    x = found.transform(data)
    monkeypatch.setattr(encoders, "LARGE_TABLE", 0)
    compact = found.compact(data)
    assert isinstance(compact, CompactInputs)
    assert compact.layout == ((8, -3, -11) if by_nature else (-3, 8, -11))
    np.testing.assert_array_equal(np.asarray(compact), x)
    part = compact.part(np.array([7, 0, 7]))
    assert isinstance(part, CompactInputs)
    np.testing.assert_array_equal(np.asarray(part), x[[7, 0, 7]])


@pytest.mark.parametrize("kind", ["image", "array"])
def test_what_other_inputs_know_of_their_features(kind):
    x = np.random.default_rng(0).normal(size=(30, 4, 4, 1) if kind == "image" else (30, 5))
    data = Dataset.from_arrays(x, np.arange(30) % 2)
    found = prepare(data, split(data, seed=0)).preprocessing
    assert (found.numeric, found.categories) == (None if kind == "image" else 5, ())
