"""Laws of the three ranges: what they hold, and how the unit interval maps onto it."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal import Choice, Dense, Float, Int, Sequential, relu, tanh
from shoal.errors import SpaceError

units = st.floats(0.0, 1.0)
floats = st.one_of(
    st.builds(lambda a, b: (a, b, False), st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)),
    st.builds(lambda a, b: (a, b, True), st.floats(1e-150, 1e150), st.floats(1e-150, 1e150)),
).filter(lambda b: b[0] != b[1]).map(lambda b: Float(min(b[:2]), max(b[:2]), log=b[2]))  # fmt: skip
ints = st.builds(
    lambda low, more, log: Int(low, low + more, log=log and low > 0),
    st.integers(-1000, 1000),
    st.integers(1, 10**6),
    st.booleans(),
)
choices = st.integers(2, 9).map(lambda n: Choice(*range(10, 10 + n)))


@given(st.one_of(floats, ints, choices), units)
def test_every_unit_gives_a_value_of_the_range(range_, u):
    assert range_.contains(range_.from_unit(u))


@given(st.one_of(ints, choices), units)
def test_whole_values_come_back_from_their_unit(range_, u):
    value = range_.from_unit(u)
    assert 0.0 <= range_.to_unit(value) <= 1.0
    assert range_.from_unit(range_.to_unit(value)) == value


@given(floats, units)
def test_real_values_come_back_from_their_unit(range_, u):
    value = range_.from_unit(u)
    again = range_.from_unit(range_.to_unit(value))
    if range_.log:
        # 1e-11: the logarithm of 1e150 has three digits before the point.
        assert again == pytest.approx(value, rel=1e-11)
    else:
        span = max(abs(range_.low), abs(range_.high))
        assert again == pytest.approx(value, rel=0, abs=span * 1e-14)


@given(st.one_of(floats, ints))
def test_both_bounds_are_reached_to_the_last_bit(range_):
    assert range_.from_unit(0.0) == range_.low
    assert range_.from_unit(1.0) == range_.high


@given(st.one_of(floats, ints, choices), units, units)
def test_values_rise_with_the_unit(range_, u, v):
    low, high = sorted((u, v))
    first, second = range_.from_unit(low), range_.from_unit(high)
    scale = 1e-12 * max(abs(first), abs(second))
    assert first <= second + scale


@pytest.mark.parametrize("bounds", [(3, 7), (-2, 2), (0, 1)])
def test_the_ends_of_an_int_are_as_likely_as_their_neighbors(bounds):
    low, high = bounds
    size = high - low + 1
    middles = (np.arange(1000 * size) + 0.5) / (1000 * size)
    values = [Int(low, high).from_unit(u) for u in middles]
    assert [values.count(n) for n in range(low, high + 1)] == [1000] * size


def test_a_logarithmic_int_is_uniform_in_the_logarithm():
    middles = (np.arange(20000) + 0.5) / 20000
    values = np.array([Int(2, 200, log=True).from_unit(u) for u in middles])
    for n in (2, 3, 10, 50, 200):
        share = math.log((n + 0.5) / (n - 0.5)) / math.log(200.5 / 1.5)
        assert np.mean(values == n) == pytest.approx(share, abs=1e-4)


def test_a_logarithmic_float_gives_each_decade_the_same_share():
    decades = Float(1e-4, 1e-1, log=True)
    assert [decades.from_unit(u / 3) for u in range(4)] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1])
    assert decades.to_unit(1e-2) == pytest.approx(2 / 3)


def test_a_choice_gives_each_option_the_same_share():
    middles = (np.arange(3000) + 0.5) / 3000
    values = [Choice("a", "b", "c").from_unit(u) for u in middles]
    assert [values.count(i) for i in range(3)] == [1000] * 3


def test_what_a_range_holds():
    assert Float(0, 1).contains(0)
    assert not Float(0, 1).contains(1.5)
    assert Int(1, 5).contains(5.0)
    assert Choice("a", "b").contains(1)
    for range_ in (Float(0, 1), Int(0, 5), Choice("a", "b")):
        for stranger in (True, "1", None, math.nan, math.inf, -math.inf, -1, 99):
            assert not range_.contains(stranger)
    assert not Int(0, 5).contains(2.5)
    assert not Choice("a", "b").contains(0.5)


def test_labels_tell_options_apart():
    assert Choice(relu, tanh).labels() == ("relu", "tanh")
    assert Choice(None, Dense(3), Dense(4)).labels() == (None, "dense_1", "dense_2")
    assert Choice((3, 3), (5, 5)).labels() == ("3×3", "5×5")
    assert Choice(Sequential(relu), None).labels() == ("sequential", None)
    assert Choice(object(), 1.5).labels() == ("object", 1.5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Float("0", 1), r"bounds of a range are numbers; expected Float\(low, high\)"),
        (lambda: Int(True, 3), r"bounds of a range are numbers; .* received bool True"),
        (lambda: Int(1, None), r"bounds of a range are numbers; .* received NoneType None"),
        (lambda: Float(0, math.inf), r"bounds of a range are finite; received Float\(0, inf\)"),
        (lambda: Float(math.nan, 1), r"bounds of a range are finite; received Float\(nan, 1\)"),
        (lambda: Int(1, 10**400), r"bounds of a range are finite"),
        (lambda: Float(1, 1), r"lower to a higher .* Float\(1, 1\)\. For a single value, write"),
        (lambda: Int(5, 2), r"expected low < high; received Int\(5, 2\)"),
        (lambda: Float(0, 1, log=True), r"logarithmic range starts above zero; expected low > 0"),
        (lambda: Int(0, 4, log=True), r"logarithmic range starts above zero"),
        (lambda: Float(-1.7e308, 1.7e308), r"a finite way apart; received Float\(-1\.7e\+308, 1"),
        (lambda: Float(1e-200, 1e200, log=True), r"the bounds of a range are a finite way apart"),
        (lambda: Float(1, 2, log="no"), r"Float: log is True or False; received 'no'"),
        (lambda: Int(1.5, 4), r"bounds of an Int are whole numbers; received Int\(1\.5, 4\)"),
        (lambda: Float(0, 1, name=3), r"a hyperparameter's name is a text; received 3"),
        (lambda: Int(0, 1, name=""), r"a hyperparameter's name is a text; received ''"),
        (lambda: Choice(1, 2, name=[]), r"a hyperparameter's name is a text; received \[\]"),
        (lambda: Choice([1, 2]), r"at least two options; received 1 option.*not Choice\(\[a, b\]"),
        (lambda: Choice(), r"at least two options; received 0 option"),
    ],
)
def test_ranges_that_make_no_sense_are_refused(make, message):
    with pytest.raises(SpaceError, match=message):
        make()


def test_a_range_is_immutable_and_compared_by_identity():
    with pytest.raises(AttributeError):
        Float(0, 1).low = 2
    assert Float(0, 1) != Float(0, 1)


@pytest.mark.parametrize("values", [Float(0, 1), Int(1, 3), Choice(1, 2)])
def test_a_copy_is_the_same_hyperparameter(values):
    assert copy.deepcopy([values])[0] is values
