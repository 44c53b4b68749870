import json

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from shoal.data import Dataset, Preprocessing, load
from shoal.data.columns.categories import FEW_CATEGORIES, MOST_CATEGORIES, CategoricalColumn
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine.device_rows import CompactRows
from shoal.errors import DataError


def fit(dataset, rows=None):
    return Preprocessing.fit(dataset, np.arange(len(dataset)) if rows is None else rows)


def through_json(preprocessing):
    return Preprocessing.from_json(json.loads(json.dumps(preprocessing.to_json())))


TOWNS = ["Ulm", "Bonn", None, "Ulm", "Jena", "Bonn"]


@pytest.fixture
def table():
    frame = pd.DataFrame(
        {
            "age": [1.0, np.nan, 4.0, 10.0, 2.0, 2.0],
            "size": [3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            "town": pd.Series(TOWNS, dtype=object),
            "member": [True, False, True, True, False, True],
            "same": [5.0] * 6,
        }
    )
    return Dataset.from_arrays(frame, pd.Series(list("ababab"), name="kind"), name="mine")


def test_numbers_agree_with_scikit_learn(table):
    ours = fit(table).transform(table)
    columns = table.x[["age", "size"]]
    theirs = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler()
    ).fit(columns)
    np.testing.assert_allclose(ours[:, 0], theirs.transform(columns)[:, 0], rtol=1e-6)
    np.testing.assert_array_equal(ours[:, 3], [0, 1, 0, 0, 0, 0])
    np.testing.assert_allclose(ours[:, 1], theirs.transform(columns)[:, 1], rtol=1e-6)


def test_text_agrees_with_scikit_learn_and_unseen_text_is_all_zeros(table):
    preprocessing = fit(table)
    theirs = OneHotEncoder(handle_unknown="ignore").fit([[t] for t in TOWNS if t])
    there = [i for i, t in enumerate(TOWNS) if t]
    ours = preprocessing.transform(table)[:, 5:9]
    expected = theirs.transform([[TOWNS[i]] for i in there]).toarray()
    np.testing.assert_array_equal(ours[there, :3], expected)
    np.testing.assert_array_equal(ours[:, 3], [0, 0, 1, 0, 0, 0])
    other = table.x.assign(town="Rome")
    assert not preprocessing.transform(other)[:, 5:9].any()


def test_booleans_and_constant_columns(table):
    ours = fit(table).transform(table)
    np.testing.assert_array_equal(ours[:, 4], [1, 0, 1, 1, 0, 1])
    np.testing.assert_array_equal(ours[:, 2], np.zeros(6))


def test_missing_booleans_are_the_share_of_true_with_an_indicator():
    frame = pd.DataFrame({"b": pd.array([True, None, True, False, True], dtype="boolean")})
    ours = fit(Dataset.from_arrays(frame, [0, 1, 0, 1, 0])).transform(frame)
    np.testing.assert_array_equal(ours, [[1, 0], [0.75, 1], [1, 0], [0, 0], [1, 0]])


def test_a_value_missing_only_later_is_the_training_median(table):
    preprocessing = fit(table)
    later = table.x.assign(size=np.nan)
    np.testing.assert_allclose(preprocessing.transform(later)[:, 1], 0, atol=1e-7)


def test_too_many_categories_share_a_bucket():
    texts = [f"t{i}" for i in range(FEW_CATEGORIES)] + ["often"] * 5
    frame = pd.DataFrame({"t": texts})
    preprocessing = fit(Dataset.from_arrays(frame, [i % 2 for i in range(len(texts))]))
    assert preprocessing.input_shape == (FEW_CATEGORIES,)
    ours = preprocessing.transform(pd.DataFrame({"t": ["often", "t9", "t0", "never"]}))
    np.testing.assert_array_equal(ours.sum(axis=1), np.ones(4))
    assert ours[:, -1].tolist() == [0, 1, 0, 1]
    np.testing.assert_array_equal(
        through_json(preprocessing).transform(frame), preprocessing.transform(frame)
    )


def test_exactly_as_many_categories_as_are_kept_need_no_bucket():
    frame = pd.DataFrame({"t": [f"t{i}" for i in range(FEW_CATEGORIES)]})
    preprocessing = fit(Dataset.from_arrays(frame, [0.5] * FEW_CATEGORIES))
    assert preprocessing.transform(frame).sum() == FEW_CATEGORIES
    assert not preprocessing.transform(pd.DataFrame({"t": ["never"]})).any()


@pytest.mark.parametrize(
    ("often", "rare", "kept"),
    [(200, 500, 200), (10, 500, 63), (63, 2, 63), (64, 1, 64), (2100, 100, 2047)],
)
def test_of_many_categories_those_are_kept_that_several_rows_have(often, rare, kept):
    texts = [f"often{i:04}" for i in range(often)] * 2 + [f"rare{i:04}" for i in range(rare)]
    column = CategoricalColumn.fit("t", np.array(texts, object))
    assert len(column.categories) == kept
    assert column.other
    told = [c for c in column.categories if c.startswith("often")]
    assert len(told) == min(often, kept)
    assert len(column.features) <= MOST_CATEGORIES
    hot = column.encode(np.array(["often0000", "rare0499", "never seen"], object))
    np.testing.assert_array_equal(hot.sum(axis=1), np.ones(3))
    assert hot[1:, -1].tolist() == [1, 1]


def test_places_of_many_categories_are_of_sixteen_bits(monkeypatch):
    monkeypatch.setattr("shoal.data.encode.encoders.LARGE_TABLE", 0)
    frame = pd.DataFrame({"t": [f"t{i:03}" for i in range(300)] * 2, "n": np.arange(600.0)})
    preprocessing = fit(Dataset.from_arrays(frame, np.arange(600) % 2))
    compact = preprocessing.compact(frame)
    assert compact.places.dtype == np.uint16
    later = pd.DataFrame({"t": ["t299", "never", "t000"], "n": [1.0, 2.0, 3.0]})
    for rows in (frame, later):
        expected = preprocessing.transform(rows)
        some = preprocessing.compact(rows)
        np.testing.assert_array_equal(np.asarray(some), expected)
        on_device = CompactRows(jnp.asarray(some.numbers), jnp.asarray(some.places), some.layout)
        np.testing.assert_array_equal(on_device.expanded(), expected)
    assert expected[:, 1:].sum(axis=1).tolist() == [1, 0, 1]


def test_a_column_without_a_value_in_training_has_no_effect():
    frame = pd.DataFrame({"n": [np.nan] * 4, "x": [1.0, 2, 3, 4]})
    preprocessing = fit(Dataset.from_arrays(frame, [0.5] * 4))
    assert preprocessing.input_shape == (2,)
    ours = preprocessing.transform(frame.assign(n=[np.nan, 1e9, 0, -5]))
    np.testing.assert_array_equal(ours[:, 0], 0)


def test_the_order_of_columns_is_free_and_others_are_ignored(table):
    preprocessing = fit(table)
    shuffled = table.x[["town", "same", "age", "member", "size"]].assign(more="x")
    np.testing.assert_array_equal(preprocessing.transform(shuffled), preprocessing.transform(table))


def test_types_that_can_be_read_as_those_of_training_are(table):
    preprocessing = fit(table)
    same = table.x.assign(member=[1.0, 0, 1, 1, 0, 1], age=table.x["age"].astype(object))
    np.testing.assert_array_equal(preprocessing.transform(same), preprocessing.transform(table))
    codes = pd.DataFrame({"code": ["7", "8", "1.5", "True"]})
    coded = fit(Dataset.from_arrays(codes, [0, 1, 0, 1]))
    numbers = pd.DataFrame({"code": [8.0, 1.5, np.nan]})
    np.testing.assert_array_equal(
        coded.transform(numbers), [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    )
    assert coded.transform(pd.DataFrame({"code": [True]})).tolist() == [[0, 0, 0, 1]]
    blank = table.x.assign(age=pd.Series([None] * 6, dtype=object))
    assert preprocessing.transform(blank)[:, 3].tolist() == [1] * 6


def test_rows_without_names_are_taken_in_the_order_of_training(table):
    preprocessing = fit(table)
    rows = table.x.to_numpy(object)
    np.testing.assert_array_equal(preprocessing.transform(rows), preprocessing.transform(table))
    np.testing.assert_array_equal(
        preprocessing.transform(rows.tolist()), preprocessing.transform(table)
    )
    numeric = table.x[["age", "size"]]
    plain = fit(Dataset.from_arrays(numeric, [0.5] * 6))
    np.testing.assert_array_equal(plain.transform(numeric.to_numpy()), plain.transform(numeric))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda x: x.drop(columns="town"),
            r"expected column 'town'; received columns 'age', 'size'",
        ),
        (
            lambda x: x.assign(age="old"),
            r"column 'age', row 0: .* numbers, .* received text: 'old'",
        ),
        (
            lambda x: x.assign(member=2.0),
            r"column 'member', row 0: .* true or false, .* received 2.0",
        ),
        (lambda x: x.assign(size=np.inf), r"column 'size': numbers are finite; received inf"),
        (
            lambda x: x.assign(size=1e300),
            r"32-bit numbers hold; received a far greater one in row 0",
        ),
        (lambda x: pd.concat([x, x[["age"]]], axis=1), r"columns differ; received 'age' twice"),
        (lambda x: np.zeros((2, 5)), r"DataFrame with text in column 'town'; received an array of"),
        (lambda x: np.zeros((2, 4), object), r"expected shape \(n, 5\); received shape \(2, 4\)"),
    ],
)
def test_tables_that_do_not_fit(table, change, match):
    with pytest.raises(DataError, match=r"inputs.*" + match):
        fit(table).transform(change(table.x))


def test_pixels_are_scaled_by_the_training_images_mean_and_deviation():
    rng = np.random.default_rng(0)
    for images in (
        rng.integers(0, 256, (20, 3, 4, 2)).astype(np.uint8),
        rng.normal(3, 20, (20, 3, 4, 2)),
        rng.normal(3, 20, (20, 3, 4, 2)).astype(np.float32),
    ):
        dataset = Dataset.from_arrays(images, [0.5] * 20)
        preprocessing = fit(dataset, np.arange(10))
        assert preprocessing.input_shape == (3, 4, 2)
        assert preprocessing.kind == "image"
        assert preprocessing.encoder.maximum == (
            255 if images.dtype == np.uint8 else np.abs(images[:10]).max()
        )
        ours = preprocessing.transform(dataset)
        training = images[:10].astype(np.float64)
        expected = (images - training.mean()) / training.std()
        np.testing.assert_allclose(ours, expected, atol=2e-6)
        assert ours.dtype == np.float32


def test_black_images_are_no_division_by_zero():
    for dtype in (np.uint8, np.float32):
        images = np.zeros((4, 2, 2), dtype)
        assert not fit(Dataset.from_arrays(images, [0.5] * 4)).transform(images).any()


def gray(dtype, highest, seed=0):
    values = np.random.default_rng(seed).uniform(0, highest, (6, 3, 3))
    return values.astype(dtype)


def of_images(images):
    return fit(Dataset.from_arrays(images, [0.5] * len(images)))


@pytest.mark.parametrize("trained", [np.uint8, np.float32])
def test_shares_are_no_pixels_up_to_255(trained):
    pixels = gray(np.uint8, 256)
    pixels[0, 0, 0] = 255
    fitted = of_images(pixels.astype(trained))
    for dtype in (np.float32, np.float64):
        wrong = r"counted as in training.* expected 0 to 255; received real numbers up to 0\.9"
        with pytest.raises(DataError, match=wrong) as caught:
            fitted.transform(gray(dtype, 1, seed=1))
        assert caught.value.hint == "Multiply them by 255."
        np.testing.assert_allclose(
            fitted.transform(gray(np.uint8, 256, seed=1).astype(dtype)),
            fitted.transform(gray(np.uint8, 256, seed=1)), rtol=1e-5, atol=1e-6,
        )  # fmt: skip


def test_pixels_up_to_255_are_no_shares():
    fitted = of_images(gray(np.float32, 1))
    wrong = "expected real numbers up to 1; received whole numbers up to 2"
    with pytest.raises(DataError, match=wrong) as caught:
        fitted.transform(gray(np.uint8, 256))
    assert caught.value.hint == "Divide them by 255."


def test_dark_and_binary_images_are_not_taken_for_shares():
    bright, binary = of_images(gray(np.uint8, 256)), of_images(gray(np.uint8, 2))
    assert np.isfinite(bright.transform(np.zeros((2, 3, 3), np.float32))).all()
    assert np.isfinite(bright.transform(np.full((2, 3, 3), 1, np.uint8))).all()
    assert np.isfinite(bright.transform(gray(np.float32, 1) - 0.5)).all()
    ones = gray(np.uint8, 2, seed=2)
    np.testing.assert_allclose(binary.transform(ones.astype(float)), binary.transform(ones), 1e-5)
    assert np.isfinite(of_images(gray(np.float32, 1)).transform(ones)).all()


def test_images_that_do_not_fit():
    preprocessing = fit(Dataset.from_arrays(np.zeros((4, 2, 3), np.uint8), [0.5] * 4))
    assert preprocessing.transform(np.zeros((5, 2, 3), np.uint8)).shape == (5, 2, 3, 1)
    assert preprocessing.transform(np.zeros((0, 2, 3, 1))).shape == (0, 2, 3, 1)
    with pytest.raises(
        DataError, match=r"expected shape \(n, 2, 3, 1\); received shape \(5, 3, 2, 1"
    ):
        preprocessing.transform(np.zeros((5, 3, 2)))
    with pytest.raises(DataError, match=r"finite numbers; received nan"):
        preprocessing.transform(np.full((1, 2, 3), np.nan))


def test_plain_arrays_agree_with_scikit_learn_and_take_numeric_frames():
    x = np.random.default_rng(0).normal(5, 3, (30, 4))
    x[:, 2] = 0.1
    preprocessing = fit(Dataset.from_arrays(x, [0.5] * 30), np.arange(20))
    expected = StandardScaler().fit(x[:20]).transform(x)
    np.testing.assert_allclose(preprocessing.transform(x), expected, atol=1e-6)
    frame = pd.DataFrame(x, columns=list("abcd"))
    np.testing.assert_array_equal(preprocessing.transform(frame), preprocessing.transform(x))
    with pytest.raises(DataError, match=r"inputs are numbers"):
        preprocessing.transform(frame.assign(a="x"))
    with pytest.raises(DataError, match=r"expected shape \(n, 4\)"):
        preprocessing.transform(x[:, :3])


def test_targets_of_a_regression_are_standardized_and_come_back():
    y = np.random.default_rng(0).normal([100, -3], [25, 0.1], (40, 2))
    dataset = Dataset.from_arrays(np.zeros((40, 1)), y)
    preprocessing = fit(dataset, np.arange(30))
    coded = preprocessing.transform_targets(dataset)
    assert (coded.dtype, coded.shape, preprocessing.outputs) == (np.float32, (40, 2), 2)
    np.testing.assert_allclose(coded, StandardScaler().fit(y[:30]).transform(y), rtol=1e-5)
    np.testing.assert_allclose(preprocessing.invert_targets(coded), y, rtol=1e-5)
    np.testing.assert_allclose(preprocessing.target_scale, y[:30].std(axis=0))
    assert preprocessing.invert_targets(coded[None]).shape == (1, 40, 2)


def test_a_single_target_is_a_column_and_a_constant_one_has_scale_one():
    dataset = Dataset.from_arrays(np.zeros((4, 1)), [2.5] * 4)
    preprocessing = fit(dataset)
    np.testing.assert_array_equal(preprocessing.transform_targets(dataset), np.zeros((4, 1)))
    assert preprocessing.invert_targets(np.zeros((3, 1))).tolist() == [[2.5]] * 3


def test_classes_are_matched_by_name():
    preprocessing = fit(Dataset.from_arrays(np.zeros((3, 1)), ["a", "b", "c"]))
    other = Dataset.from_arrays(np.zeros((3, 1)), ["c", "b", "c"])
    coded = preprocessing.transform_targets(other)
    assert (coded.dtype, coded.tolist()) == (np.int32, [2, 1, 2])
    assert preprocessing.target_scale.tolist() == [1, 1, 1]
    np.testing.assert_array_equal(preprocessing.invert_targets([[1, 2, 3]]), [[1, 2, 3]])
    # A name that is listed but does not occur does no harm.
    listed = Dataset.from_arrays(np.zeros((2, 1)), [1, 0], classes=["b", "a", "zzz"])
    assert preprocessing.transform_targets(listed).tolist() == [0, 1]


def test_a_short_file_guessed_to_be_the_other_task_is_understood(csv_file):
    digits = fit(Dataset.from_arrays(np.zeros((10, 1)), np.arange(10), task="classification"))
    short = load(csv_file("x,y\n0,7\n0,3\n0,9\n"))
    assert short.task == "regression"
    assert digits.transform_targets(short).tolist() == [7, 3, 9]
    amounts = fit(Dataset.from_arrays(np.zeros((2, 1)), [0.0, 2.0], task="regression"))
    counted = load(csv_file("x,y\n0,4\n0,2\n", "b.csv"))
    assert counted.task == "classification"
    assert amounts.transform_targets(counted).tolist() == [[3], [1]]


@pytest.mark.parametrize(
    ("y", "match"),
    [
        (["a", "z"], r"expected one of 'a', 'b', 'c'; received 'z'"),
        ([0.5, 1.5], r"received '0.5'"),
        (np.zeros((2, 2)), r"received '0'"),
        (None, r"targets are needed; received inputs only"),
    ],
)
def test_targets_that_are_no_class_of_the_model(y, match):
    preprocessing = fit(Dataset.from_arrays(np.zeros((3, 1)), ["a", "b", "c"]))
    with pytest.raises(DataError, match=r"theirs: .*" + match):
        preprocessing.transform_targets(Dataset.from_arrays(np.zeros((2, 1)), y, name="theirs"))


def test_targets_that_are_no_numbers_or_too_many():
    preprocessing = fit(Dataset.from_arrays(np.zeros((3, 1)), [0.5, 1.5, 2]))
    with pytest.raises(
        DataError, match=r"expected numbers as targets; received classes such as 'a"
    ):
        preprocessing.transform_targets(Dataset.from_arrays(np.zeros((2, 1)), ["a", "b"]))
    with pytest.raises(DataError, match=r"as many targets as in training; expected 1; received 2"):
        preprocessing.transform_targets(Dataset.from_arrays(np.zeros((2, 1)), np.zeros((2, 2))))


columns = {
    "number": hnp.arrays(np.float64, 12, elements=st.floats(-1e30, 1e30) | st.just(np.nan)),
    "text": st.lists(st.none() | st.text(max_size=3), min_size=12, max_size=12),
    "boolean": st.lists(st.none() | st.booleans(), min_size=12, max_size=12),
}
frames = st.builds(
    lambda n, t, b, s: pd.DataFrame(
        {"n": n, "t": pd.Series(t, dtype=object), "b": pd.array(b, dtype="boolean"), "s": s}
    ),
    columns["number"],
    columns["text"],
    columns["boolean"],
    columns["number"],
)


@settings(deadline=None, max_examples=80)
@given(frame=frames)
def test_json_round_trip_gives_the_same_preprocessing(frame):
    dataset = Dataset.from_arrays(frame, ["a", "b"] * 6)
    preprocessing = fit(dataset, np.arange(8))
    back = through_json(preprocessing)
    assert back == preprocessing
    try:
        expected = preprocessing.transform(dataset)
    except DataError:  # out of the range of 32 bits
        reject()
    np.testing.assert_array_equal(back.transform(dataset), expected)
    assert expected.shape == (12, *preprocessing.input_shape)


@settings(deadline=None, max_examples=60)
@given(x=hnp.arrays(np.float64, (9, 2), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_any_finite_training_rows_are_standardized(x):
    dataset = Dataset.from_arrays(x, x[:, 0], task="regression")
    preprocessing = fit(dataset)
    assert through_json(preprocessing) == preprocessing
    try:
        ours = preprocessing.transform(dataset)
    except DataError:  # out of the range of 32 bits
        reject()
    assert np.abs(ours.mean(axis=0)).max() < 1e-3
    assert np.abs(ours).max() <= 3.01  # no number is further out than √(n + 1) deviations


@settings(deadline=None, max_examples=50)
@given(frame=frames, other=frames, images=st.booleans())
def test_validation_and_test_rows_do_not_influence_the_fit(frame, other, images):
    y = np.array([0.5, 1.0, 2.0] * 4)
    x = np.arange(48.0).reshape(12, 2, 2) if images else frame
    dataset = Dataset.from_arrays(x, y)
    parts = split(dataset)
    rest = np.concatenate([parts.validation, parts.test])
    changed_y = y.copy()
    changed_y[rest] += 100
    if images:
        changed_x = x.copy()
        changed_x[rest] = 1e6
    else:
        changed_x = frame.copy()
        changed_x.iloc[rest] = other.iloc[rest]
    changed = Dataset.from_arrays(changed_x, changed_y)
    assert fit(dataset, parts.train) == fit(changed, parts.train)


def good_json(kind):
    if kind == "image":
        return fit(Dataset.from_arrays(np.eye(4).reshape(4, 2, 2), [0, 1, 0, 1])).to_json()
    if kind == "array":
        return fit(Dataset.from_arrays(np.eye(4), [0.5, 1, 2, 3])).to_json()
    frame = pd.DataFrame({"n": [1.0, 2], "t": ["a", "b"], "b": [True, False]})
    return fit(Dataset.from_arrays(frame, ["u", "v"])).to_json()


def replaced(data, path, value):
    """A copy of JSON data with one place in it replaced."""
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = replaced(copy[path[0]], path[1:], value)
    return copy


@pytest.mark.parametrize(
    ("kind", "path", "value", "match"),
    [
        ("image", [], [], "something else"),
        ("image", [], {}, "expected an entry 'task'"),
        ("image", ["encoder"], {}, "expected an entry 'kind'"),
        (
            "image",
            ["encoder", "kind"],
            "os.system",
            "kind image, array, table or text, not 'os.system'",
        ),
        ("image", ["encoder", "shape"], [2, 2], r"a shape \(height, width, channels\)"),
        ("image", ["encoder", "shape"], [2, -2, 1], r"a shape \(height, width, channels\)"),
        ("image", ["encoder", "scale"], 0, "a number above 0, not 0"),
        ("image", ["encoder", "maximum"], "255", "a number, not '255'"),
        ("image", ["encoder", "mean"], float("nan"), "a finite number, not nan"),
        ("image", ["encoder", "mean"], 10**400, "something else"),
        ("image", ["encoder", "mean"], True, "a number, not True"),
        ("image", ["task"], "captioning", "a task with its classes .* not 'captioning'"),
        ("image", ["task"], "regression", "a task with its classes"),
        ("image", ["classes"], ["a"], "a task with its classes"),
        ("image", ["classes"], ["a", "a"], "classes that are different names"),
        ("image", ["classes"], [1, 2], "classes that are different names"),
        ("image", ["target"], 3, "a target that is a name"),
        ("array", ["target_std"], [], "a task with its classes or targets"),
        ("array", ["target_std"], [-1], "a number above 0"),
        ("array", ["encoder", "mean"], [], "a mean, a scale and a range for each column"),
        ("table", ["encoder", "columns"], [], r"something else \(columns\)"),
        ("table", ["encoder", "columns"], ["age"], "something else"),
        ("table", ["encoder", "columns", 0, "kind"], "eval", "a column kind of numeric, .*'eval'"),
        ("table", ["encoder", "columns", 0, "scale"], 0, "a number above 0"),
        ("table", ["encoder", "columns", 0, "name"], 5, "str, not 5"),
        ("table", ["encoder", "columns", 1, "categories"], ["a", "a"], "categories that differ"),
        ("table", ["encoder", "columns", 1, "other"], 1, "bool, not 1"),
        ("table", ["encoder", "columns", 2, "share"], None, "a number, not None"),
        ("table", ["encoder", "columns", 2, "name"], "n", "columns of different names"),
    ],
)
def test_json_that_is_no_preprocessing(kind, path, value, match):
    data = good_json(kind)
    assert Preprocessing.from_json(data).to_json() == data
    with pytest.raises(DataError, match=r"a preprocessing that shoal wrote; .*" + match):
        Preprocessing.from_json(replaced(data, path, value))


def test_prepare_gives_arrays_for_training(table):
    dataset = load("digits")
    parts = split(dataset, seed=3)
    prepared = prepare(dataset, parts)
    assert prepared.train.x.shape == (len(parts.train), 8, 8, 1)
    assert prepared.train.x.dtype == np.float32
    assert prepared.test.y.dtype == np.int32
    np.testing.assert_array_equal(prepared.validation.y, dataset.y[parts.validation])
    np.testing.assert_allclose(prepared.train.x.mean(), 0, atol=1e-5)
    np.testing.assert_allclose(prepared.train.x.std(), 1, atol=1e-5)
    assert (prepared.input_shape, prepared.outputs) == ((8, 8, 1), 10)
    assert (prepared.task, prepared.kind, prepared.name) == ("classification", "image", "digits")
    assert prepared.classes == tuple("0123456789")
    assert len(prepared.test) == len(parts.test)


def test_a_split_of_another_data_set():
    large = Dataset.from_arrays(np.zeros((50, 1)), np.full(50, 0.5))
    small = Dataset.from_arrays(np.zeros((20, 1)), np.zeros(20), name="small")
    with pytest.raises(
        DataError, match=r"small: .* expected rows 0 to 19; received 30 for training"
    ):
        prepare(small, split(large))


def test_what_cannot_be_trained_on():
    parts = split(Dataset.from_arrays(np.zeros((9, 1)), np.full(9, 0.5)))
    with pytest.raises(DataError, match=r"training needs targets; received inputs only"):
        prepare(Dataset.from_arrays(np.zeros((9, 1))), parts)
    with pytest.raises(DataError, match=r"two classes; received 1"):
        prepare(Dataset.from_arrays(np.zeros((9, 1)), ["a"] * 9), parts)


def test_text_that_is_missing_from_all_training_rows_has_no_effect():
    frame = pd.DataFrame({"t": pd.Series([None] * 8 + ["x"], dtype=object)})
    preprocessing = fit(Dataset.from_arrays(frame, np.zeros(9)), np.arange(8))
    assert preprocessing.transform(frame).tolist() == [[0]] * 9
