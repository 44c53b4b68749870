import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.data import Dataset, Split
from shoal.data.splitting.split import split
from shoal.errors import DataError

shares = st.floats(0.05, 0.45)


def classes_of(sizes, seed=0):
    y = np.repeat(np.arange(len(sizes)), sizes)
    np.random.default_rng(seed).shuffle(y)
    return Dataset.from_arrays(np.zeros((len(y), 1)), y)


@settings(deadline=None, max_examples=150)
@given(
    sizes=st.lists(st.integers(3, 40), min_size=2, max_size=6),
    validation=shares,
    test=shares,
    seed=st.integers(0, 2**32),
)
def test_parts_are_disjoint_cover_all_rows_and_are_stratified(sizes, validation, test, seed):
    dataset = classes_of(sizes)
    parts = split(dataset, seed=seed, validation=validation, test=test)
    together = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(together) == list(range(len(dataset)))
    for part, share in ((parts.validation, validation), (parts.test, test)):
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
        counts = np.bincount(dataset.y[part], minlength=len(sizes))
        assert (counts >= 1).all()
        assert (np.abs(counts - share * np.array(sizes)) <= 1 + 1e-9).all()
    assert (np.bincount(dataset.y[parts.train], minlength=len(sizes)) >= 1).all()


@settings(deadline=None, max_examples=50)
@given(rows=st.integers(3, 200), validation=shares, test=shares)
def test_a_regression_is_split_to_within_a_row(rows, validation, test):
    parts = split(
        Dataset.from_arrays(np.zeros((rows, 1)), np.arange(rows) / 3),
        validation=validation,
        test=test,
    )
    together = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(together) == list(range(rows))
    assert abs(len(parts.validation) - validation * rows) <= 1
    assert abs(len(parts.test) - test * rows) <= 1


def test_totals_are_exact_for_large_classes():
    parts = split(classes_of([500] * 10))
    assert [len(p) for p in (parts.train, parts.validation, parts.test)] == [3000, 1000, 1000]


def test_the_seed_decides():
    dataset = classes_of([30, 30])
    first, again, other = (split(dataset, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.test, again.test)
    assert first.test.tolist() != other.test.tolist()
    assert other.seed == 2


def test_the_order_of_rows_inside_a_class_is_not_kept():
    parts = split(classes_of([200, 200]))
    assert parts.test.max() > 300
    assert parts.test.min() < 100


def test_a_canonical_test_set_is_the_test_part():
    plain = classes_of([50, 50])
    fixed = np.array([3, 99, 50])
    dataset = Dataset(
        "d", "table", "classification", plain.x, plain.y, plain.classes, fixed_test=fixed
    )
    parts = split(dataset, test=0.4)
    assert parts.test.tolist() == [3, 50, 99]
    assert len(parts.validation) == round(0.2 * 97)
    assert len(parts.train) + len(parts.validation) == 97


def test_without_a_test_part():
    parts = split(classes_of([10, 10]), test=0)
    assert (len(parts.test), len(parts.validation), len(parts.train)) == (0, 4, 16)


def test_bytes_and_back():
    parts = split(classes_of([30, 30]), seed=5)
    back = Split.from_bytes(parts.to_bytes())
    assert back.seed == 5
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(back, name), getattr(parts, name))
        assert getattr(back, name).dtype == np.int64


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "stored split: an npz file is a zip"),
        (b"nonsense" * 20, "stored split: an npz file is a zip"),
    ],
)
def test_bytes_that_are_no_split(data, match):
    with pytest.raises(DataError, match=match):
        Split.from_bytes(data)


def npz(**arrays):
    import io

    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "arrays",
    [
        {"train": np.arange(3)},
        {"train": [0.5], "validation": [1], "test": [2], "seed": 0},
        {"train": [[0]], "validation": [1], "test": [2], "seed": 0},
    ],
)
def test_arrays_that_are_no_split(arrays):
    with pytest.raises(DataError, match=r"three lists of rows and a seed; received arrays"):
        Split.from_bytes(npz(**arrays))


@pytest.mark.parametrize("train", [[1], [-1]])
def test_a_stored_split_that_overlaps(train):
    with pytest.raises(DataError, match=r"disjoint row numbers"):
        Split.from_bytes(npz(train=train, validation=[1], test=[2], seed=0))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"validation": 0}, r"validation above 0, .* received validation=0, test=0.2"),
        ({"test": -0.1}, r"received validation=0.2, test=-0.1"),
        ({"validation": 0.5, "test": 0.5}, r"together below 1"),
        ({"test": float("nan")}, r"test=nan"),
        ({"seed": -1}, r"a seed is a whole number from 0; received -1"),
        ({"seed": 0.5}, r"a seed is a whole number from 0; received 0.5"),
    ],
)
def test_shares_and_seeds_that_make_no_sense(options, match):
    with pytest.raises(DataError, match=match):
        split(classes_of([10, 10]), **options)


def test_classes_that_are_too_small_are_named():
    y = ["a"] * 9 + ["b"] * 2 + ["c"]
    dataset = Dataset.from_arrays(np.zeros((12, 1)), y, name="d")
    with pytest.raises(
        DataError, match=r"d: every class .* at least 3 rows of each class; received 'b' with 2, 'c"
    ):
        split(dataset)
    many = Dataset.from_arrays(np.zeros((12, 1)), list("abcdefghijkl"))
    with pytest.raises(DataError, match=r"'e' with 1 and 7 more. Leave out or merge"):
        split(many)


def test_a_single_class_names_the_column(csv_file):
    from shoal.data import load

    dataset = load(csv_file("a,b\n1,x\n2,x\n3,x\n"))
    with pytest.raises(DataError, match=r"column 'b': .* two classes; received only 'x'"):
        split(dataset)


def test_too_few_rows_and_no_targets():
    with pytest.raises(DataError, match=r"expected at least 3 rows; received 2"):
        split(Dataset.from_arrays(np.zeros((2, 1)), [0.5, 1.5]))
    with pytest.raises(DataError, match=r"training needs targets"):
        split(Dataset.from_arrays(np.zeros((2, 1))))


def test_rows_that_steer_are_given():
    rng = np.random.default_rng(0)
    data = Dataset.from_arrays(rng.normal(size=(20, 2)), np.arange(20) % 2, task="classification")
    found = split(data, validation=[7, 3, 11], test=0.0)
    assert found.validation.tolist() == [3, 7, 11]
    assert found.train.tolist() == sorted(set(range(20)) - {3, 7, 11})
    assert len(found.test) == 0
    three = split(data, validation=np.array([0, 1]), test=0.25, seed=4)
    assert three.validation.tolist() == [0, 1]
    assert len(three.test) == 4
    assert sorted([*three.train, *three.test]) == list(range(2, 20))
    for wrong in ([], [20], [-1], [3, 3], [0.5], range(20), [[1, 2]]):
        with pytest.raises(DataError, match="validation rows are different numbers of rows"):
            split(data, validation=wrong)
