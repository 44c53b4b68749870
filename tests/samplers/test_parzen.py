"""Parzen estimators are densities, and what they draw follows them."""

from __future__ import annotations

import numpy as np
import pytest

from shoal.samplers.tpe import Parzen, point_of, rows_of
from shoal.space import Choice, Float, Int, Space

SPACE = Space((Float(0.0, 2.0, name="a"), Choice("x", "y", "z", name="c")))


def estimator():
    points = [{"a": 0.2, "c": 0}, {"a": 0.3, "c": 0}, {"a": 1.9, "c": 2}]
    return Parzen(SPACE, rows_of(SPACE, points))


def grid():
    places = (np.arange(2000) + 0.5) / 2000
    return np.array([[u, option] for option in range(3) for u in places])


def test_the_density_is_one_in_all():
    """Over the unit interval of the number, and the mean of the three options."""
    assert np.exp(estimator().log_density(grid())).mean() == pytest.approx(1.0, rel=1e-4)


def test_draws_follow_the_density():
    drawn = estimator().draw(np.random.default_rng(0), 40_000)
    assert ((drawn[:, 0] >= 0) & (drawn[:, 0] <= 1)).all()
    density = np.exp(estimator().log_density(grid())).reshape(3, 20, 100)
    expected = density.mean(axis=2) / 60
    found, _, _ = np.histogram2d(drawn[:, 1], drawn[:, 0], [[0, 1, 2, 3], np.linspace(0, 1, 21)])
    assert np.abs(found / 40_000 - expected).max() < 0.01


def test_without_points_the_density_is_uniform():
    rows = rows_of(SPACE, [{"a": 0.1, "c": 1}, {"a": 1.7, "c": 2}])
    assert Parzen(SPACE, rows_of(SPACE, [])).log_density(rows).tolist() == [0.0, 0.0]


def test_rows_and_points_are_each_other():
    space = Space((Int(3, 9, name="n"), Choice("x", (Float(1.0, 2.0, name="b"),), name="c")))
    for point in ({"n": 9, "c": 0}, {"n": 3, "c": 1, "b": 1.25}):
        row = rows_of(space, [point])[0]
        assert point_of(space, np.nan_to_num(row, nan=0.5)) == point


def test_what_is_not_active_counts_nothing():
    space = Space((Float(0.0, 1.0, name="a"), Choice("x", (Float(0.0, 1.0, name="b"),), name="c")))
    told = [{"a": 0.5, "c": 0}, {"a": 0.6, "c": 1, "b": 0.1}]
    kde = Parzen(space, rows_of(space, told))
    without = kde.log_density(rows_of(space, [{"a": 0.5, "c": 0}]))
    near, far = kde.log_density(rows_of(space, [{"a": 0.5, "c": 1, "b": b} for b in (0.1, 0.9)]))
    assert np.isfinite(without).all()
    assert near > far
