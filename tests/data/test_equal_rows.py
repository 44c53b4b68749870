"""Rows with equal inputs stay on one side of a split, and in one fold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.data import Dataset, fold, load
from shoal.data.splitting.equal_rows import deal_equal, first_equal, joined, stay_whole
from shoal.data.splitting.split import split


def parts_of(parts, count):
    part = np.full(count, -1)
    for number, rows in enumerate((parts.train, parts.validation, parts.test)):
        part[rows] = number
    return part


def divided(groups, part):
    """Groups of which rows are in two parts."""
    return [g for g in np.unique(groups) if len(np.unique(part[groups == g])) > 1]


def repeated(kind, seed=0, distinct=80, times=6):
    """Every input several times, with a label that says nothing of it."""
    rng = np.random.default_rng(seed)
    which = rng.permutation(np.arange(distinct).repeat(times))
    y = rng.permutation(np.arange(distinct) % 2)[which]
    if kind == "images":
        return Dataset.from_arrays(rng.integers(0, 256, (distinct, 5, 5)).astype(np.uint8)[which],
                                   y), which  # fmt: skip
    if kind == "large images":
        images = np.zeros((distinct, 40, 40, 3), np.uint8)
        images[:, 20, 20, 0] = np.arange(distinct)  # they differ in one pixel
        return Dataset.from_arrays(images[which], y), which
    if kind == "masks":
        images = rng.normal(size=(distinct, 4, 4))[which]
        return Dataset.from_arrays(images, (images > 0).astype(int)), which
    if kind == "numbers":
        x = rng.normal(size=(distinct, 3))[which]
        return Dataset.from_arrays(x, x[:, 0] + rng.normal(size=len(x))), which
    x = rng.normal(size=(distinct, 3))
    if kind == "arrays":
        return Dataset.from_arrays(x[which], y), which
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    frame["d"] = [None if i % 3 else f"t{i}" for i in range(distinct)]
    frame.loc[::4, "a"] = np.nan
    frame["e"] = pd.array([None if i % 5 else i % 2 == 0 for i in range(distinct)], "boolean")
    return Dataset.from_arrays(frame.iloc[which].reset_index(drop=True), y), which


KINDS = ("arrays", "frames", "images", "large images", "masks", "numbers")


@pytest.mark.parametrize("kind", KINDS)
def test_equal_rows_stay_on_one_side_and_in_one_fold(kind):
    data, which = repeated(kind)
    assert data.notes[-1].startswith("400 of 480 ")
    assert data.notes[-1].endswith("s stay on one side of the split")
    for seed in range(3):
        parts = split(data, seed=seed)
        part = parts_of(parts, len(data))
        assert (part >= 0).all()
        assert not divided(which, part)
        assert np.abs(np.bincount(part) - [288, 96, 96]).max() <= 12
        folds = fold(data, parts, 5)
        assert not divided(which[folds.train], folds.folds)
        assert np.bincount(folds.folds).min() > 50
        again = split(data, seed=seed)
        assert all(np.array_equal(getattr(parts, n), getattr(again, n)) for n in
                   ("train", "validation", "test"))  # fmt: skip


def test_classes_keep_their_shares_where_rows_repeat():
    rng = np.random.default_rng(3)
    which = np.arange(300).repeat(rng.integers(1, 5, 300))
    y = (np.arange(300) % 4 == 0).astype(int)[which]
    data = Dataset.from_arrays(rng.normal(size=(300, 2))[which], y)
    parts = split(data)
    for rows in (parts.train, parts.validation, parts.test):
        assert abs(y[rows].mean() - y.mean()) < 0.03


def test_nothing_changes_where_no_row_repeats():
    """The split of before: a permutation of each class, cut by largest remainders."""
    rng = np.random.default_rng(0)
    data = Dataset.from_arrays(rng.normal(size=(50, 3)), np.arange(50) % 2)
    parts = split(data, seed=4)
    draw = np.random.default_rng(4)
    test = []
    for label in (0, 1):
        test += draw.permutation(np.flatnonzero(data.y == label))[:5].tolist()
    assert sorted(test) == parts.test.tolist()


def test_rows_that_differ_in_nothing_but_a_missing_value_or_the_sign_of_zero():
    frame = pd.DataFrame({"a": [0.0, -0.0, np.nan, np.nan, 1], "b": ["x", "x", None, None, None]})
    assert first_equal(Dataset.from_arrays(frame)).tolist() == [0, 0, 2, 2, 4]
    assert first_equal(Dataset.from_arrays(np.array([[0.0], [-0.0], [1]]))).tolist() == [0, 0, 2]


@pytest.mark.parametrize("times", [1, 7, 50])
def test_where_too_few_rows_differ_they_are_divided_and_it_is_told(times):
    xor = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]).repeat(5 * times, 0)
    data = Dataset.from_arrays(xor, np.array([0, 1, 1, 0]).repeat(5 * times))
    assert "too few are different to keep equal ones on one side" in data.notes[-1]
    parts = split(data)
    assert [len(parts.train), len(parts.validation), len(parts.test)] == [
        12 * times, 4 * times, 4 * times,
    ]  # fmt: skip
    counts = np.bincount(fold(data, parts, 4).folds)
    assert counts.tolist() == [4 * times] * 4


def test_one_row_that_is_nearly_all_of_them_is_divided():
    x = np.concatenate([np.zeros((900, 2)), np.random.default_rng(0).normal(size=(100, 2))])
    data = Dataset.from_arrays(x, np.linspace(0.1, 0.9, 1000))
    parts = split(data)
    assert (len(parts.validation), len(parts.test)) == (200, 200)
    assert "too few are different" in data.notes[-1]


def test_a_class_of_few_different_rows_does_not_divide_the_others():
    rng = np.random.default_rng(0)
    common, rare = np.arange(200).repeat(3), 200 + np.arange(2).repeat(9)
    which = np.concatenate([common, rare])
    x = rng.normal(size=(202, 2))[which]
    data = Dataset.from_arrays(x, ["common"] * 600 + ["rare"] * 18)
    parts = split(data)
    part = parts_of(parts, len(data))
    assert set(divided(which, part)) <= {200, 201}
    assert all(
        (data.y[rows] == 1).sum() >= 1 for rows in (parts.train, parts.validation, parts.test)
    )
    assert "too few" in data.notes[-1]


def test_groups_and_equal_rows_are_held_together():
    rng = np.random.default_rng(0)
    which = np.arange(60).repeat(2)
    groups = np.arange(120) // 3  # some of these lie across two different rows
    data = Dataset.from_arrays(rng.normal(size=(60, 2))[which], np.arange(120) % 2, groups=groups)
    parts = split(data)
    part = parts_of(parts, 120)
    assert not divided(which, part)
    assert not divided(groups, part)
    folds = fold(data, parts, 4)
    assert not divided(which[folds.train], folds.folds)
    assert not divided(groups[folds.train], folds.folds)


def test_groups_alone_count_where_equal_rows_tie_all_of_them_together():
    data = Dataset.from_arrays(np.zeros((40, 2)), np.arange(40) % 2, groups=np.arange(40) // 4)
    part = parts_of(split(data), 40)
    assert not divided(data.groups, part)
    assert set(part.tolist()) == {0, 1, 2}


def test_a_canonical_test_set_stays_what_it_is(idx_folder):
    data = load(idx_folder())
    assert split(data).test.tolist() == list(range(40, 50))
    assert data.notes == ()


def test_test_rows_that_are_among_the_others_are_told(idx_folder, idx_bytes):
    folder = idx_folder(packed=False)
    images = np.random.default_rng(5).integers(0, 256, (50, 3, 4)).astype(np.uint8)
    images[1], images[48] = images[0], images[7]
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(images[:40]))
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(images[40:]))
    data = load(folder)
    assert data.notes[0].startswith("1 of the 10 rows that are for the test are among the others")
    parts = split(data)
    assert (0 in parts.train) == (1 in parts.train)


def test_joined_is_what_is_together_in_either_way():
    one, two = np.array([0, 0, 1, 2, 3, 3]), np.array([5, 6, 6, 7, 8, 9])
    label = joined(one, two)
    assert len(np.unique(label)) == 3
    assert label[0] == label[1] == label[2]
    assert label[4] == label[5]


@given(st.data())
def test_parts_cover_all_rows_and_hold_equal_ones_together(data):
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=40))
    groups = np.arange(len(sizes)).repeat(sizes)
    kinds = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(sizes),
                                        max_size=len(sizes))))[groups]  # fmt: skip
    count = data.draw(st.integers(2, 5))
    shares = np.array(data.draw(st.lists(st.floats(0.1, 1), min_size=count, max_size=count)))
    shares /= shares.sum()
    part = deal_equal(groups, kinds, shares, np.random.default_rng(0))
    if part is None:
        assert not stay_whole(groups, kinds, shares)
        return
    assert ((part >= 0) & (part < count)).all()
    for kind in np.unique(kinds):
        own = kinds == kind
        apart = [g for g in divided(groups, part) if kinds[groups == g][0] == kind]
        has = np.bincount(part[own], minlength=count)
        if not apart:  # then no part has less than half of its share
            assert (has >= 0.5 * shares * own.sum() - 1e-9).all() or own.sum() < 2 * count
        if own.sum() >= count:
            assert (has >= 1).all()
