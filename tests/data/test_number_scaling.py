"""How numbers of tables are scaled: values, laws, files, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import ndtri
from sklearn.preprocessing import QuantileTransformer, RobustScaler

from shoal.data import Dataset, Preprocessing, load
from shoal.data.columns.number_scaling import (
    center_and_scale,
    clipped,
    normal_scores,
    quantiles_of,
)
from shoal.errors import DataError

RNG = np.random.default_rng(7)
SCALINGS = ("standard", "robust", "quantile")
each = pytest.mark.parametrize("scaling", SCALINGS)
finite = st.floats(allow_nan=False, allow_infinity=False)
columns = hnp.arrays(np.float64, st.integers(1, 40), elements=finite)


def fitted(x, scaling):
    data = Dataset.from_arrays(x, np.arange(len(x)) % 2, scaling=scaling)
    return Preprocessing.fit(data, np.arange(len(x)))


def through_json(preprocessing):
    return Preprocessing.from_json(json.loads(json.dumps(preprocessing.to_json())))


def both(x, scaling):
    """As an array and as named columns."""
    frame = pd.DataFrame(x, columns=[f"c{i}" for i in range(x.shape[1])])
    return fitted(x, scaling).transform(x), fitted(frame, scaling).transform(frame)


def test_robust_scaling_is_that_of_scikit_learn_then_clipped():
    x = RNG.standard_cauchy((200, 3))
    z = RobustScaler().fit_transform(x)
    expected = z / np.sqrt(1 + (z / 3) ** 2)
    for found in both(x, "robust"):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        assert np.abs(found).max() < 3


def test_robust_scaling_by_hand_where_quartiles_are_equal():
    """Half of the range where the quartiles are one number; nothing where there is no range."""
    x = np.array([[0.0, 5.0, 1.0]] * 8 + [[8.0, 5.0, 2.0], [-2.0, 5.0, 1.0]])
    expected = [1.6 / np.sqrt(1 + (1.6 / 3) ** 2), -0.4 / np.sqrt(1 + (0.4 / 3) ** 2)]
    for found in both(x, "robust"):
        np.testing.assert_allclose(found[8:, 0], expected, rtol=1e-6)
        assert not found[:8, 0].any()
        assert not found[:, 1].any()
        assert found[8, 2] == pytest.approx(2 / np.sqrt(1 + (2 / 3) ** 2))


@pytest.mark.parametrize("rows", [2, 50, 256, 1000])
def test_quantiles_are_those_of_scikit_learn(rows):
    x = np.column_stack([RNG.standard_cauchy(rows), RNG.normal(size=rows)])
    new = np.concatenate([x, x + 0.25, [[-1e9] * 2, [1e9] * 2]])
    theirs = QuantileTransformer(n_quantiles=min(rows, 256), output_distribution="normal").fit(x)
    expected = theirs.transform(new)
    np.testing.assert_allclose(fitted(x, "quantile").transform(new), expected, atol=2e-4)
    one = fitted(pd.DataFrame(x, columns=["a", "b"]), "quantile")
    found = one.transform(pd.DataFrame(new, columns=["a", "b"]))
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_equal_values_have_the_middle_of_their_share():
    x = np.array([[0.1]] * 2 + [[0.7]] * 4 + [[0.9]] * 3 + [[3.0]])
    found = fitted(x, "quantile").transform(np.array([[0.7], [0.9], [0.8]]))
    np.testing.assert_allclose(found[:, 0], ndtri([3.5 / 9, 7 / 9, 5.5 / 9]), rtol=1e-5)


def test_many_rows_become_normal_whatever_they_were():
    x = np.exp(3 * RNG.normal(size=(5000, 1)))
    found = fitted(x, "quantile").transform(x)
    assert len(fitted(x, "quantile").encoder.quantiles[0]) == 256
    assert abs(found.mean()) < 0.02
    assert found.std() == pytest.approx(1.0, abs=0.05)
    np.testing.assert_allclose(np.quantile(found, [0.1, 0.5, 0.9]), [-1.2816, 0, 1.2816], atol=0.03)


@each
def test_missing_numbers_are_the_median_and_are_told(scaling):
    frame = pd.DataFrame({"a": [1.0, np.nan, 4.0, 10.0, 2.0], "b": [3.0, 4.0, 5.0, 6.0, 7.0]})
    found = fitted(frame, scaling).transform(frame)
    whole = fitted(frame, scaling).transform(frame.fillna(3.0))
    assert found[:, 2].tolist() == [0, 1, 0, 0, 0]  # numbers stand first
    np.testing.assert_array_equal(found[:, :2], whole[:, :2])
    if scaling == "robust":  # the quartiles are of what is there: 1.75 and 5.5
        assert found[0, 0] == pytest.approx(-2 / 3.75 / np.sqrt(1 + (2 / 3.75 / 3) ** 2))


@given(columns, st.sampled_from(SCALINGS))
def test_any_finite_numbers_can_be_scaled_and_keep_their_order(x, scaling):
    center, scale = center_and_scale(x, scaling)
    assert np.isfinite(center)
    assert scale > 0
    if scaling == "standard":
        return
    if scaling == "quantile":
        found = normal_scores(x, quantiles_of(x))
        assert np.abs(found).max() < 5.2
    else:
        with np.errstate(over="ignore"):
            found = clipped((x - center) / scale)
        assert np.abs(found).max() <= 3
    assert np.isfinite(found).all()
    assert (np.diff(found[np.argsort(x)]) >= -1e-12).all()


@given(hnp.arrays(np.float64, st.integers(2, 60), elements=st.floats(-3, 3), unique=True))
def test_ranks_alone_decide_the_scores_of_training_values(x):
    """As far as each value is a quantile: evenly spaced shares, whatever the values are."""
    scores = normal_scores(x, quantiles_of(x))
    expected = ndtri(np.clip(np.arange(len(x)) / (len(x) - 1), 1e-7, 1 - 1e-7))
    np.testing.assert_allclose(scores[np.argsort(x)], expected, atol=1e-6)


@each
@pytest.mark.parametrize("named", [False, True])
def test_it_goes_through_json(scaling, named):
    x = RNG.normal(size=(30, 2))
    given_as = pd.DataFrame(x, columns=["a", "b"]) if named else x
    one = fitted(given_as, scaling)
    again = through_json(one)
    assert again == one
    np.testing.assert_array_equal(again.transform(given_as), one.transform(given_as))
    text = json.dumps(one.to_json())
    assert ("quantiles" in text) == (scaling != "standard"), "as files were before"


@pytest.mark.parametrize(
    ("scaling", "change"),
    [
        ("robust", {"scaling": "best"}),
        ("robust", {"scaling": ["robust"]}),
        ("robust", {"quantiles": [[0.0, 1.0], [0.0, 1.0]]}),
        ("quantile", {"scaling": "robust"}),
        ("quantile", {"quantiles": []}),
        ("quantile", {"quantiles": [[0.0, 1.0]]}),
        ("quantile", {"quantiles": [[0.0, 1.0], [1.0, 0.0]]}),
        ("quantile", {"quantiles": [[0.0, 1.0], [1.0]]}),
        ("quantile", {"quantiles": [[0.0, 1.0], ["a", "b"]]}),
        ("quantile", {"quantiles": [[0.0, 1.0], [0.0, float("nan")]]}),
        ("quantile", {"quantiles": "ab"}),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_what_a_file_says_of_it_is_checked(scaling, change, named):
    x = RNG.normal(size=(10, 2))
    told = fitted(pd.DataFrame(x, columns=["a", "b"]) if named else x, scaling).to_json()
    if named and "quantiles" in change:
        value = change["quantiles"]
        change = {"quantiles": value[-1] if isinstance(value, list) and value else value}
        if change == {"quantiles": [0.0, 1.0]} and scaling == "quantile":
            change = {"quantiles": [0.0]}
    (told["encoder"]["columns"][0] if named else told["encoder"]).update(change)
    with pytest.raises(DataError, match="the data is a preprocessing that shoal wrote"):
        Preprocessing.from_json(told)


def test_a_file_is_read_with_it(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "\n".join(f"{i}.5,{i % 3},{'uv'[i % 2]}" for i in range(40)))
    data = load(path, scaling="robust")
    assert data.scaling == "robust"
    assert data.rows(np.arange(5)).scaling == "robust"
    assert data.with_scaling(None) is data
    found = Preprocessing.fit(data, np.arange(40)).transform(data)
    assert found[0, 0] == pytest.approx(-1.0 / np.sqrt(1 + 1 / 9))
    assert load(path).scaling == "standard"


def test_what_makes_no_sense_is_refused():
    with pytest.raises(DataError, match=r"known by name; expected standard or robust or quantile"):
        Dataset.from_arrays(np.ones((3, 2)), [0, 1, 0], scaling="minmax")
    with pytest.raises(DataError, match=r"the numbers of a table are scaled; .* received images"):
        load("digits", scaling="robust")
    with pytest.raises(DataError, match="expected a table; received texts"):
        Dataset.from_arrays(["a b", "c"], [0, 1], scaling="quantile")
