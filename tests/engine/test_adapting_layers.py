"""Layers that are fitted on the rows that train a network: folds, lanes, files, breaks."""

from __future__ import annotations

import numpy as np
import pytest
from small_problems import Listed, blobs, contents, search_points

import shoal
from shoal import Choice, Dense, Int, PiecewiseLinearEmbedding, Recipe, Sequential, tanh
from shoal.data import fold
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import Splits, splits
from shoal.errors import NetworkError

POINTS = [{"dense_1.units": 3, "piecewise_linear_embedding_1.bins": 4},
          {"dense_1.units": 6, "piecewise_linear_embedding_1.bins": 8}]  # fmt: skip


RECIPE = Recipe(optimizer=shoal.optimizers.SGD(0.1), epochs=2, batch_size=16)


def written(bins, units):
    return Sequential(PiecewiseLinearEmbedding(bins, numeric=4), Dense(units), tanh, Dense(3))


def searched(**options):
    family = written(Int(2, 8), Int(3, 6))
    return search_points(family, RECIPE, blobs(), POINTS, confirm_seeds=1, **options)


@pytest.fixture(scope="module")
def study():
    return searched()


def adapted(x, bins):
    """What the layer is fitted to on these rows."""
    layer = PiecewiseLinearEmbedding(bins, numeric=4)
    return layer.adapt(layer.init(np.random.default_rng(0), x.shape[1:]), x)


def prepared(folds=None):
    data = blobs()
    parts = split(data, seed=0)
    return prepare(data, parts if folds is None else fold(data, parts, folds))


def holds(model, x, bins):
    for name, array in adapted(x, bins).items():
        np.testing.assert_array_equal(model.params["piecewise_linear_embedding_1"][name], array)


def test_each_lane_is_fitted_on_the_training_rows_with_its_own_bins(study, tmp_path):
    assert study.cost["groups"] == 1
    x = prepared().train.x
    for number, point in enumerate(POINTS):
        model = study.model(number)
        holds(model, x, point["piecewise_linear_embedding_1.bins"])
        model.save(tmp_path / "a.model")
        again = shoal.Model.load(tmp_path / "a.model")
        np.testing.assert_array_equal(
            again.predict_proba(blobs().x), model.predict_proba(blobs().x)
        )
        assert all("mean" not in owner for owner in again.network.trained_specs())


def test_a_fold_is_fitted_on_its_own_rows_and_the_refit_on_all():
    study = search_points(written(4, 3), RECIPE, blobs(), [{}], folds=3)
    data = prepared(3)
    holds(study.best_model, data.train.x, 4)
    parts = Splits.of(data)
    for number in range(3):
        rows = parts.looked_at(number)
        np.testing.assert_array_equal(rows, data.train.x[data.split.folds != number])
    assert len(parts.looked_at(None)) == parts.rows


def test_a_search_that_was_broken_off_goes_on_with_the_same_edges(study, tmp_path):
    class BreakError(Exception):
        pass

    def watch(progress):
        if progress.epochs >= 2:
            raise BreakError

    path = tmp_path / "a.study"
    with pytest.raises(BreakError):
        searched(study=path, callbacks=watch, checkpoint=0.0)
    assert contents(shoal.resume(path, blobs(), sampler=Listed(tuple(POINTS)))) == contents(study)


def test_of_many_rows_the_same_ones_are_looked_at(monkeypatch):
    monkeypatch.setattr(splits, "LOOKED_AT", 20)
    data = prepared(3)
    parts = Splits.of(data)
    found = parts.looked_at(1)
    rows = [np.flatnonzero((data.train.x == one).all(axis=1)).item() for one in found]
    assert len(set(rows)) == 20
    assert rows == sorted(rows)
    assert not (data.split.folds[rows] == 1).any()
    np.testing.assert_array_equal(parts.looked_at(1), found)
    np.testing.assert_array_equal(parts.looked_at(None, np.arange(7)), data.train.x[:7])


@pytest.mark.parametrize(
    "layer", [PiecewiseLinearEmbedding(3), Choice(None, PiecewiseLinearEmbedding(3))]
)
def test_a_layer_that_is_fitted_stands_on_the_input(layer):
    message = (
        "layer .*_[12]: a layer that is fitted on the data stands directly on the network's in"
    )
    with pytest.raises(NetworkError, match=message):
        Sequential(Dense(3), layer, Dense(2))
    Sequential(layer, Dense(3))
