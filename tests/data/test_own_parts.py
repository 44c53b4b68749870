"""Validation and test rows out of files of their own, read as the rows for training were."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.data import Dataset, load
from shoal.data.prepare import prepare
from shoal.data.splitting.own_parts import is_own_part
from shoal.data.splitting.split import split
from shoal.data.splitting.unseen_rows import digest_of
from shoal.errors import DataError

RNG = np.random.default_rng(7)


def table(rows, *, first=0, **columns):
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(first + np.arange(rows), "D")
    return pd.DataFrame(
        {
            "price": [f"{i / 4:.2f}".replace(".", ",") for i in range(first, first + rows)],
            "code": [f"{7 + i % 3:03d}" for i in range(rows)],
            "day": day.strftime("%d.%m.%Y"),
            "member": np.where(np.arange(rows) % 2, "true", "false"),
            "species": np.array(["ash", "birch", "cedar"])[np.arange(rows) % 3],
            **columns,
        }
    )


@pytest.fixture
def trees(tmp_path):
    table(30).to_csv(tmp_path / "train.csv", sep=";", index=False)
    return load(tmp_path / "train.csv", target="species", categorical=["code"])


class TestTables:
    def test_columns_are_read_by_name_as_training_wrote_them(self, trees, tmp_path):
        # Alone this file would be read otherwise: whole prices, one class less, days as months.
        later = table(6, first=100)[["species", "member", "day", "code", "price"]].iloc[[0, 1, 3]]
        later["price"] = ["25", "25,25", "?"]
        later["remark"] = "new"
        later.to_csv(tmp_path / "later.csv", sep=";", index=False)
        data = trees.with_parts(validation=tmp_path / "later.csv")
        assert list(data.x.columns) == list(trees.x.columns)
        assert data.x.dtypes.equals(trees.x.dtypes)
        assert data.x["price"].tolist()[30:32] == [25.0, 25.25]
        assert np.isnan(data.x["price"].iloc[32])
        assert data.x["code"].tolist()[30:] == ["007", "008", "007"]
        assert data.x["day"].iloc[30] == pd.Timestamp("2024-04-10")
        assert data.x["member"].tolist()[30:] == [False, True, True]
        assert data.y.tolist()[30:] == [0, 1, 0]
        pd.testing.assert_frame_equal(data.x.iloc[:30], trees.x)

    def test_a_part_that_is_not_given_is_drawn_of_the_rows_for_training(self, trees, tmp_path):
        table(9, first=50).to_csv(tmp_path / "v.csv", sep=";", index=False)
        table(12, first=70).to_csv(tmp_path / "t.csv", sep=";", index=False)
        both = split(trees.with_parts(validation=tmp_path / "v.csv", test=tmp_path / "t.csv"))
        assert (both.train.tolist(), both.validation.tolist()) == ([*range(30)], [*range(30, 39)])
        assert both.test.tolist() == [*range(39, 51)]
        one = split(trees.with_parts(validation=str(tmp_path / "v.csv")), test=0.2)
        assert one.validation.tolist() == [*range(30, 39)]
        assert (len(one.train), len(one.test)) == (24, 6)
        assert max(*one.train, *one.test) < 30
        other = split(trees.with_parts(test=tmp_path / "t.csv"), validation=0.2)
        assert other.test.tolist() == [*range(30, 42)]
        assert (len(other.train), len(other.validation)) == (24, 6)

    def test_preprocessing_is_fitted_on_training_rows_alone(self, trees, tmp_path):
        table(9, first=50_000).to_csv(tmp_path / "far.csv", sep=";", index=False)
        data = trees.with_parts(validation=tmp_path / "far.csv", test=tmp_path / "far.csv")
        fitted = prepare(data, split(data)).preprocessing
        alone = prepare(trees, split(trees)).preprocessing
        assert fitted.encoder.columns[0].high == 29 / 4
        assert fitted.input_shape == alone.input_shape

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda t: t.drop(columns="day"), "expected column 'day'"),
            (lambda t: t.assign(species="yew"), "received 'yew'"),
            (lambda t: t.assign(price="dear"), "column 'price', line 2: .*'dear'"),
            (lambda t: t.drop(columns="species"), "target is a column.*received 'species'"),
        ],
        ids=["no column", "unknown class", "no number", "no target"],
    )
    def test_what_is_wrong_is_named_with_its_file(self, trees, tmp_path, change, message):
        change(table(6)).to_csv(tmp_path / "wrong.csv", sep=";", index=False)
        with pytest.raises(DataError, match=rf"wrong\.csv.*{message}"):
            trees.with_parts(test=tmp_path / "wrong.csv")

    def test_a_frame_holds_its_target_or_comes_with_it(self, trees):
        frame = table(6, first=40).assign(price=np.arange(6.0), code=["007", "008", "009"] * 2)
        frame["day"] = pd.to_datetime(frame["day"], dayfirst=True)
        data = trees.with_parts(test=frame)
        assert data.x["price"].tolist()[30:] == [*map(float, range(6))]
        apart = trees.with_parts(test=(frame.drop(columns="species"), frame["species"]))
        pd.testing.assert_frame_equal(apart.x, data.x)
        assert apart.y.tolist() == data.y.tolist()
        with pytest.raises(DataError, match="column of targets; expected 'species'"):
            trees.with_parts(test=frame.drop(columns="species"))

    def test_the_columns_of_a_headerless_file_are_known_by_place(self, tmp_path):
        rows = np.column_stack([RNG.normal(size=(30, 2)).round(3), np.arange(30) % 2])
        np.savetxt(tmp_path / "a.csv", rows, "%g", ",")
        np.savetxt(tmp_path / "b.csv", rows[:5], "%g", ",")
        data = load(tmp_path / "a.csv", header=False).with_parts(validation=tmp_path / "b.csv")
        assert np.array_equal(data.x.iloc[30:], rows[:5, :2])
        assert any("5 of the 5 rows that are for the validation" in note for note in data.notes)

    def test_a_weighted_file_has_its_weights(self, tmp_path):
        frame = pd.DataFrame({"a": np.arange(12.0), "w": np.arange(12) + 1, "y": np.arange(12) * 2})
        frame.to_csv(tmp_path / "a.csv", index=False)
        data = load(tmp_path / "a.csv", target="y", weight="w", task="regression")
        data = data.with_parts(test=tmp_path / "a.csv")
        assert data.weight.tolist() == 2 * [*range(1, 13)]
        assert data.y.tolist() == 2 * [*range(0, 24, 2)]
        plain = Dataset.from_arrays(np.arange(4.0)[:, None], np.arange(4.0), task="regression")
        heavy = Dataset.from_arrays(
            np.arange(4.0)[:, None], np.arange(4.0), task="regression", weight=[1, 2, 1, 2]
        )
        with pytest.raises(DataError, match="all parts have weights"):
            heavy.with_parts(validation=plain)


class TestOtherKinds:
    def test_pictures_have_the_shape_and_units_of_training(self):
        x = RNG.integers(0, 256, (12, 4, 5, 3), dtype=np.uint8)
        data = Dataset.from_arrays(x, np.arange(12) % 3)
        more = data.with_parts(validation=(x[:4].astype(np.float64), ["2", "1", "0", "1"]))
        assert more.x.dtype == np.uint8
        assert np.array_equal(more.x[12:], x[:4])
        assert more.y.tolist()[12:] == [2, 1, 0, 1]
        gray = data.with_parts(test=(x[:4, ..., :1], [0, 1, 2, 0]))
        assert np.array_equal(gray.x[12:], np.repeat(x[:4, ..., :1], 3, -1))
        with pytest.raises(DataError, match=r"validation data: pixels .*Multiply them by 255"):
            data.with_parts(validation=(x[:4] / 255, [0, 1, 2, 0]))
        with pytest.raises(DataError, match=r"test data: .*shape \(n, 4, 5, 3\)"):
            data.with_parts(test=(x[:4, :3], [0, 1, 2, 0]))

    def test_masks_keep_the_labels_of_training(self):
        x = RNG.random((8, 4, 4, 1))
        masks = np.where(x[..., 0] > 0.5, 255, 0)
        masks[:, 0, 0], masks[:, 0, 1] = 0, 255
        data = Dataset.from_arrays(x, masks, task="segmentation")
        more = data.with_parts(validation=(x[:2], masks[:2]))
        assert np.array_equal(more.y[8:], (masks[:2] == 255).astype(np.int32))
        with pytest.raises(DataError, match="128"):
            data.with_parts(validation=(x[:2], np.where(masks[:2] == 255, 128, 0)))

    def test_texts_of_another_file(self, tmp_path):
        words = ["a fine day", "rain again", "so much snow", "the wind blows"]
        lines = "".join(f"{words[i % 4]} {i},{'yes' if i % 4 else 'no'}\n" for i in range(40))
        (tmp_path / "a.csv").write_text("text,label\n" + lines)
        (tmp_path / "b.csv").write_text('label,text\nyes,hail\nno,"sun, sun"\n')
        data = load(tmp_path / "a.csv", text="text")
        data = data.with_parts(test=tmp_path / "b.csv")
        assert data.x.tolist()[40:] == ["hail", "sun, sun"]
        assert data.y.tolist()[40:] == [1, 0]
        other = data.with_parts(validation=(["hail"], ["yes"]))
        assert other.parts.tolist()[40:] == [2, 2, 1]
        with pytest.raises(DataError, match="of the kind that is trained on; expected texts"):
            data.with_parts(validation=(np.zeros((2, 3)), [0, 1]))

    @settings(deadline=None, max_examples=25)
    @given(n=st.integers(1, 9), seed=st.integers(0, 99), test=st.booleans())
    def test_rows_stay_as_they_are_and_whole_targets_are_numbers_of_a_regression(
        self, n, seed, test
    ):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(20 + n, 3)), np.round(9 * rng.normal(size=(20 + n, 1)))
        data = Dataset.from_arrays(x[:20], y[:20, 0], task="regression")
        part = (x[20:], y[20:, 0].astype(int))
        joined = data.with_parts(**{"test" if test else "validation": part})
        assert np.array_equal(joined.x, x)
        assert np.array_equal(joined.y, y[:, 0])
        assert (joined.parts[20:] == (2 if test else 1)).all()


def test_groups_stay_whole_among_the_rows_for_training():
    x = np.arange(30.0)[:, None]
    data = Dataset.from_arrays(x, np.arange(30) % 2, groups=np.arange(30) // 3)
    made = split(data.with_parts(validation=(x[:4] + 100, [0, 1, 0, 1])), test=0.3)
    assert not set(data.groups[made.train]) & set(data.groups[made.test])
    assert made.validation.tolist() == [30, 31, 32, 33]


def test_a_canonical_test_set_trains_where_another_is_given():
    x = np.arange(12.0)[:, None]
    from dataclasses import replace

    data = replace(Dataset.from_arrays(x, np.arange(12) % 2), fixed_test=np.arange(9, 12))
    assert split(data.with_parts(validation=(x[:2] + 50, [0, 1]))).test.tolist() == [9, 10, 11]
    made = split(data.with_parts(test=(x[:2] + 50, [0, 1])), validation=0.25)
    assert made.test.tolist() == [12, 13]
    assert sorted([*made.train, *made.validation]) == [*range(12)]


def test_rows_that_steer_and_judge_are_told():
    x = np.arange(12.0)[:, None]
    data = Dataset.from_arrays(x, np.arange(12) % 2)
    same = (x[:3] + 50, [0, 1, 0])
    notes = data.with_parts(validation=same, test=same).notes
    assert any(
        "3 of the 3 rows that are for the test are among those for valid" in n for n in notes
    )
    apart = data.with_parts(validation=same, test=(x[:3] + 90, [0, 1, 0]))
    assert not any("judged" in note for note in apart.notes)


def test_the_digest_is_of_the_rows_and_not_of_their_names():
    x = np.arange(12.0)[:, None]
    data = Dataset.from_arrays(x, np.arange(12) % 2)
    one = data.with_parts(test=Dataset.from_arrays(x[:2] + 50, [0, 1], name="one"))
    two = data.with_parts(test=Dataset.from_arrays(x[:2] + 50, [0, 1], name="two"))
    assert digest_of(one) == digest_of(two) != digest_of(data)
    assert digest_of(one) != digest_of(data.with_parts(validation=(x[:2] + 50, [0, 1])))


@pytest.mark.parametrize(
    ("given", "own"),
    [(0.2, False), ([1, 2], False), ((1, 2), False), (np.array([1, 2]), False), ("v.csv", True),
     (([[1.0]], [0]), True), ((["a text"], ["a class"]), True)],
    ids=["share", "list", "tuple of rows", "array", "path", "arrays", "texts"],
)  # fmt: skip
def test_shares_and_row_numbers_are_told_from_rows(given, own):
    assert is_own_part(given) is own


def test_inputs_alone_are_no_part():
    data = Dataset.from_arrays(np.arange(12.0)[:, None], np.arange(12) % 2)
    with pytest.raises(DataError, match="validation data have targets"):
        data.with_parts(validation=Dataset.from_arrays(np.zeros((2, 1))))
    with pytest.raises(DataError, match=r"nowhere\.npz: no such file"):
        data.with_parts(validation="nowhere.npz")
