"""Folds and whole groups: each row steers once, classes even, groups never divided."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.data import Dataset, Split, fold, load
from shoal.data.splitting.split import split
from shoal.errors import DataError


def dataset(classes, groups=None):
    classes = np.asarray(classes)
    x = np.arange(len(classes), dtype=float)[:, None]
    return Dataset.from_arrays(x, classes, groups=groups, name="rows")


@given(st.lists(st.integers(4, 30), min_size=2, max_size=4), st.integers(2, 7), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_each_class_and_the_folds_are_even_to_within_one_row(sizes, folds, seed):
    data = dataset(np.repeat(np.arange(len(sizes)), sizes))
    parts = split(data, seed=seed)
    if len(parts.train) + len(parts.validation) < folds:
        return
    found = fold(data, parts, folds)
    assert sorted([*found.train, *found.test]) == list(range(len(data)))
    counts = np.bincount(found.folds, minlength=folds)
    assert counts.max() - counts.min() <= 1
    for kind in range(len(sizes)):
        own = np.bincount(found.folds[data.y[found.train] == kind], minlength=folds)
        assert own.max() - own.min() <= 1
    again = Split.from_bytes(found.to_bytes())
    np.testing.assert_array_equal(again.folds, found.folds)


@given(st.integers(6, 25), st.integers(2, 5), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_a_group_is_in_one_part_and_in_one_fold(count, folds, seed):
    rng = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(count), rng.integers(0, count, 60)])
    data = dataset(rng.permutation(np.arange(len(groups)) % 3), groups)
    parts = split(data, seed=seed)
    own = [set(groups[rows]) for rows in (parts.train, parts.validation, parts.test)]
    assert all(own)
    assert sum(map(len, own)) == len(set.union(*own)) == count
    if len(own[0] | own[1]) < folds:
        return
    found = fold(data, parts, folds)
    for group in own[0] | own[1]:
        assert len(set(found.folds[groups[found.train] == group])) == 1
    assert set(found.folds) == set(range(folds))


def test_groups_keep_classes_in_proportion_where_they_can():
    groups = np.repeat(np.arange(60), 4)
    data = dataset((groups < 20).astype(int), groups)
    parts = split(data, seed=0)
    assert [len(p) for p in (parts.train, parts.validation, parts.test)] == [144, 48, 48]
    for rows in (parts.train, parts.validation, parts.test):
        assert data.y[rows].mean() == pytest.approx(1 / 3, abs=0.03)


def test_what_cannot_be_dealt_is_refused():
    data = dataset(np.arange(20) % 2)
    for folds in (1, 17, 2.0, True):
        with pytest.raises(DataError, match=r"at least two folds.*expected 2 to 16 folds"):
            fold(data, split(data), folds)
    with pytest.raises(DataError, match="every part of a split needs a group; expected at least 3"):
        split(dataset(np.arange(20) % 2, np.arange(20) % 2))
    with pytest.raises(DataError, match="one group; expected 20 groups; received 3"):
        dataset(np.arange(20) % 2, [1, 2, 3])
    with pytest.raises(DataError, match="belongs to a group; received none in row 1"):
        dataset(np.arange(3) % 2, ["a", None, "b"])
    with pytest.raises(DataError, match="groups divide the examples; received one group"):
        dataset(np.arange(3) % 2, [7, 7, 7])


def test_a_column_of_groups_is_no_input(tmp_path):
    path = tmp_path / "visits.csv"
    rows = [f"p{i // 4},{i * 1.5},{'yes' if i % 3 else 'no'}" for i in range(40)]
    path.write_text("patient,pulse,ill\n" + "\n".join(rows) + "\n")
    data = load(path, groups="patient")
    assert (data.column_names, data.target, data.group) == (("pulse",), "ill", "patient")
    assert len(np.unique(data.groups)) == 10
    assert len(np.unique(data.groups[:4])) == 1
    with pytest.raises(DataError, match=r"column of groups is a column.*Did you mean 'patient'"):
        load(path, groups="patients")
    with pytest.raises(DataError, match="only a table in a file"):
        load("digits", groups="patient")
