"""Columns that give the target away are remarked on, and can be left out."""

import numpy as np
import pandas as pd
import pytest

from shoal.data import Dataset, load
from shoal.errors import DataError

RNG = np.random.default_rng(0)
N = 120
NOISE = RNG.normal(size=N)


def told(columns, y):
    """What is said of each column, by its name."""
    notes = Dataset.from_arrays(pd.DataFrame(columns), y).notes
    return {n.split("'")[1]: n.split("' ", 1)[1] for n in notes if n.startswith("column ")}


@pytest.mark.parametrize(
    "ids", [np.arange(N), np.arange(N) + 1000, np.arange(N)[::-1] * 1.0], ids=["0", "1000", "down"]
)
def test_a_row_number_that_goes_with_classes_in_runs_is_remarked_on(ids):
    y = pd.Series(np.where(np.arange(N) < 70, "ham", "spam"), name="label")
    found = told({"id": ids, "x": NOISE}, y)
    assert found == {
        "id": "numbers the rows and goes with the target 'label': leave it out (--drop)"
    }
    asked = {"id": "looks like a row number: leave it out? (--drop)"}
    assert told({"id": ids, "x": NOISE}, RNG.permutation(y)) == asked


def test_a_row_number_that_goes_with_sorted_numbers_is_remarked_on():
    y = np.sort(NOISE)
    assert "numbers the rows" in told({"id": np.arange(N), "x": NOISE}, y)["id"]
    mixed = RNG.permutation(N)
    assert "numbers the rows" in told({"id": mixed, "x": NOISE}, y[mixed])["id"]
    assert "looks like" in told({"id": np.arange(N), "x": NOISE}, RNG.permutation(y))["id"]


@pytest.mark.parametrize(
    ("name", "told_so"),
    [("id", True), ("PassengerId", True), ("row_nr", True), ("key", True),
     ("paid", False), ("void", False), ("size", False)],
)  # fmt: skip
def test_numbers_of_rows_with_gaps_are_known_by_their_name(name, told_so):
    gaps = RNG.permutation(2 * N)[:N]
    assert bool(told({name: gaps, "x": NOISE}, RNG.permutation(N) % 3 == 0)) == told_so


def test_a_measure_that_happens_to_be_whole_and_different_is_no_row_number():
    area = np.cumsum(RNG.integers(1, 40, N))
    assert told({"area": area}, np.where(area > area.mean(), "large", "small")) == {}


def test_near_copies_and_monotone_copies_of_a_number_are_remarked_on():
    price = np.exp(RNG.normal(size=N))
    euros = (price * 0.9).round(3)
    found = told({"euros": euros, "log": np.log(price), "x": price + RNG.normal(size=N)}, price)
    assert sorted(found) == ["euros", "log"]
    assert found["euros"].startswith("nearly repeats the target")
    assert told({"x": price + 0.1 * RNG.normal(size=N)}, price) == {}


def test_columns_of_arrays_are_looked_at_too():
    x = np.column_stack([NOISE, np.arange(N)])
    notes = Dataset.from_arrays(x, np.arange(N) >= 60).notes
    assert notes == ("column 1 numbers the rows and goes with the target: leave it out (--drop)",)
    assert Dataset.from_arrays(x, NOISE * 2 + 1).notes[0].startswith("column 0 determines")


def test_a_column_can_be_left_out(csv_file):
    path = csv_file("id,x,y\n" + "".join(f"{i},{i % 7},{int(i >= 30)}\n" for i in range(60)))
    assert "column 'id' numbers the rows" in load(path).notes[0]
    found = load(path, drop=["id"])
    assert found.column_names == ("x",)
    assert found.dropped == ("id",)
    assert not any("id" in note.split() for note in found.notes)
    assert load(path, drop=["y"]).target == "x"
    for drop, match in ((["idd"], "Did you mean 'id'"), (["y"], "the target and at least one")):
        with pytest.raises(DataError, match=match):
            load(path, drop=drop, target="y")
    with pytest.raises(DataError, match="only a table in a file"):
        load("digits", drop=["id"])
