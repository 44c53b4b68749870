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
from shoal import Dense, Recipe, Sequential, relu
from shoal.data import Dataset, encoders, prepare, split
from shoal.data.compact_inputs import NONE, CompactInputs
from shoal.losses import CrossEntropy
from shoal.optimizers import AdamW
from shoal.training.compact_rows import CompactRows, all_rows, put, rows_at
from shoal.training.splits import Splits

COMPACT = patch.object(encoders, "LARGE", 0)


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
