"""Inputs of large tables, compact on the device: training and predicting to the same bits."""

from __future__ import annotations

from contextlib import nullcontext
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import shoal
from shoal import Dense, PiecewiseLinearEmbedding, Recipe, Sequential, relu
from shoal.data import Dataset
from shoal.data.encode import encoders
from shoal.data.encode.compact_inputs import NONE, CompactInputs, joined
from shoal.data.prepare import prepare
from shoal.data.splitting.folds import ensemble_folds
from shoal.data.splitting.split import split
from shoal.engine import Objective
from shoal.engine.device_rows import CompactRows, all_rows, put, rows_at
from shoal.engine.splits import Splits
from shoal.engine.stacked import stacked
from shoal.losses import CrossEntropy
from shoal.optimizers import AdamW

pytestmark = pytest.mark.bits

COMPACT = patch.object(encoders, "LARGE_TABLE", 0)


def _table(rows: int = 150) -> Dataset:
    rng = np.random.default_rng(0)
    letters = rng.choice(list("abcdefghij"), rows)
    number = rng.normal(size=rows)
    x = pd.DataFrame({"letter": letters, "n": number, "town": rng.choice(list("xyz"), rows)})
    y = np.where((number > 0) ^ (letters < "e"), "yes", "no")
    return Dataset.from_arrays(x, y)


def test_rows_on_the_device_are_those_of_the_host() -> None:
    rng = np.random.default_rng(0)
    places = rng.integers(0, 4, (9, 2)).astype(np.uint8)
    places[3] = NONE
    compact = CompactInputs(rng.normal(size=(9, 3)).astype(np.float32), places, (1, -4, 2, -3))
    dense = np.asarray(compact)
    assert dense.shape == (9, 10)
    assert dense[:, 1:5].sum() == 8
    rows = put(compact)
    assert isinstance(rows, CompactRows)
    assert (rows.shape, rows.dtype) == (dense.shape, jnp.float32)
    assert np.array_equal(all_rows(rows), dense)
    index = jnp.asarray([[0, 3, 8], [20, 1, 1]])
    taken = jax.jit(jax.vmap(lambda own: rows_at(rows, own)))(index)
    assert np.array_equal(taken, dense[[[0, 3, 8], [8, 1, 1]]])


@pytest.mark.parametrize("folds", [0, 2])
def test_networks_trained_on_compact_rows_are_the_same(folds: int) -> None:
    table = _table()
    network = Sequential(Dense(5), relu, Dense(2))
    recipe = Recipe(optimizer=AdamW(0.01), loss=CrossEntropy(), epochs=2, batch_size=32)
    found = []
    for way in (nullcontext(), COMPACT):
        with way:
            x = Splits.of(prepare(table, split(table))).training.x
            assert isinstance(x, CompactRows) == (way is COMPACT)
            study = shoal.search(
                network, recipe, table, trials=1, lanes=max(folds, 1), folds=folds or None,
                confirm_seeds=0, progress=False,
            )  # fmt: skip
            model = study.best_model
            scores = [model.info.get(part) for part in ("validation", "test")]
            found.append((model.params, scores, model.predict_proba(table)))
    (params, scores, shares), (others, same, alike) = found
    assert jax.tree.all(jax.tree.map(np.array_equal, params, others))
    assert scores == same
    assert np.array_equal(shares, alike)


def test_a_layer_is_fitted_on_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    table = _table()
    parts = ensemble_folds(table, split(table), 3)
    monkeypatch.setattr("shoal.engine.splits.LOOKED_AT", 20)
    found = []
    for way in (nullcontext(), COMPACT):
        with way:
            splits = Splits.of(prepare(table, parts))
        seen = [splits.looked_at(fold) for fold in (None, 0, 2)]
        found.append([*seen, splits.looked_at(None, np.array([5, 3]))])
    assert [rows.shape for rows in found[1]] == [(20, 14)] * 3 + [(2, 14)]
    assert all(map(np.array_equal, *found))


def test_an_ensemble_on_folds_of_compact_rows_is_the_same() -> None:
    table = _table()
    network = Sequential(PiecewiseLinearEmbedding(4), Dense(2))
    recipe = Recipe(optimizer=AdamW(0.01), loss=CrossEntropy(), epochs=2, batch_size=32)
    found = []
    for way in (nullcontext(), COMPACT):
        with way:
            study = shoal.search(
                network, recipe, table, trials=1, lanes=4, ensemble_folds=3, confirm_seeds=0,
                progress=False,
            )  # fmt: skip
            prepared = prepare(table, study.split())
            for part in (prepared.both, prepared.train, prepared.validation, prepared.test):
                assert part is not None
                assert isinstance(part.x, CompactInputs) == (way is COMPACT)
            product = study.model()
            assert len(product.models) == 3
            params = [model.params for model in product.models]
            found.append((params, study.ensembles["folds"], product.predict_proba(table)))
    (params, told, shares), (others, same, alike) = found
    assert jax.tree.all(jax.tree.map(np.array_equal, params, others))
    assert told == same
    assert np.array_equal(shares, alike)


def test_a_table_of_categories_alone_is_trained_on() -> None:
    table = _table()
    letters = Dataset.from_arrays(table.x[["letter"]], table.y, task=table.task)
    seen = letters.rows(split(letters).train)
    recipe = Recipe(loss=CrossEntropy(), epochs=1, batch_size=32)
    found = []
    for way in (nullcontext(), COMPACT):
        with way:
            x = prepare(letters, split(letters)).train.x
            assert isinstance(x, CompactInputs) == (way is COMPACT)
            model = shoal.train(Sequential(Dense(2)), recipe, letters)
            found.append(model.predict_proba(seen))
    assert isinstance(x, CompactInputs)
    assert x.numbers.shape[1] == 0
    assert np.array_equal(*found)


def test_several_preparations_are_joined_as_they_are() -> None:
    table = _table()
    found = []
    for way in (nullcontext(), COMPACT):
        with way:
            parts = [prepare(table, split(table, seed=seed)) for seed in (0, 1)]
        found.append(stacked(parts, Objective.of(table.task)).training.x)
    assert isinstance(found[1], CompactRows)
    assert np.array_equal(found[0], all_rows(found[1]))
    places = np.array([[0], [NONE]], np.uint8)
    own, other = (
        CompactInputs(np.ones((2, 1), np.float32), places, layout) for layout in ((1, -2), (-2, 1))
    )
    rows = [[1, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]]
    assert np.asarray(joined([own, other])).tolist() == rows
    assert isinstance(joined([own, own]), CompactInputs)
    assert np.asarray(joined([own, np.zeros((1, 3), np.float32)])).tolist() == [*rows[:2], [0] * 3]
