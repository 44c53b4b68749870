"""Pictures of 8 and 16 bits: pixels on the device, training and predicting to the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import shoal
from shoal import Conv, Dense, Flatten, Int, Recipe, Sequential, relu
from shoal.augmentation import Shift
from shoal.data import Dataset, Preprocessing
from shoal.data.encode.compact_inputs import joined, part_of
from shoal.data.encode.image import ImageEncoder
from shoal.data.encode.pixels import PixelInputs
from shoal.data.prepare import prepare
from shoal.data.splitting.folds import ensemble_folds
from shoal.data.splitting.split import split
from shoal.engine import Objective
from shoal.engine.device_rows import (
    PixelRows,
    all_rows,
    by_batch,
    on_host,
    put,
    rows_at,
    tiles_at,
)
from shoal.engine.fastpaths import dense_course
from shoal.engine.splits import Splits
from shoal.engine.stacked import stacked
from shoal.losses import CrossEntropy
from shoal.optimizers import AdamW

RECIPE = Recipe(optimizer=AdamW(0.01), loss=CrossEntropy(), epochs=2, batch_size=16)


@contextmanager
def dense() -> Iterator[None]:
    """Pictures become real numbers as soon as they are read."""
    kept = ImageEncoder.read

    def read(*arguments: Any) -> np.ndarray:
        return np.asarray(kept(*arguments))

    with patch.object(ImageEncoder, "read", read):
        yield


def _pictures(dtype: type = np.uint8, rows: int = 90) -> Dataset:
    rng = np.random.default_rng(0)
    y = np.arange(rows) % 3
    x = rng.integers(0, np.iinfo(dtype).max + 1, (rows, 6, 5, 2)) // (1 + y[:, None, None, None])
    return Dataset.from_arrays(x.astype(dtype), y)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_rows_are_those_that_an_encoder_makes(dtype: type) -> None:
    data = _pictures(dtype)
    rows = np.array([4, 0, 7, 7, 80])
    inputs = Preprocessing.fit(data, np.arange(60)).compact(data, rows)
    assert isinstance(inputs, PixelInputs)
    most = float(np.iinfo(dtype).max)
    values = data.x[:60] / most
    wanted = data.x[rows].astype(np.float32)
    for number, operation in (
        (most, np.divide), (values.mean(), np.subtract), (values.std(), np.divide)
    ):  # fmt: skip
        wanted = operation(wanted, np.float32(number))
    assert np.abs(wanted).max() < 4
    assert np.array_equal(inputs, wanted)
    assert (inputs.shape, inputs.ndim, inputs.dtype) == (wanted.shape, 4, np.float32)
    assert np.array_equal(inputs[1], wanted[1])
    assert np.array_equal(inputs[3:], wanted[3:])
    assert np.array_equal(inputs[1:, 2, :3], wanted[1:, 2, :3])
    assert np.array_equal(inputs[1, 2], wanted[1, 2])
    assert np.array_equal(np.concatenate(list(part_of(inputs, [2, 0]).blocks())), wanted[[2, 0]])
    placed = put(inputs)
    assert isinstance(placed, PixelRows)
    assert (placed.shape, placed.dtype, placed.pixels.dtype) == (wanted.shape, jnp.float32, dtype)
    index = jnp.asarray([[0, 3], [20, 1]])
    taken = jax.jit(jax.vmap(rows_at, (None, 0)))(placed, index)
    assert np.array_equal(taken, wanted[[[0, 3], [4, 1]]])
    assert np.array_equal(jax.jit(all_rows)(placed), wanted)
    assert np.array_equal(on_host(placed, np.array([4, 2])), wanted[[4, 2]])


def test_tiles_are_cut_out_of_pixels() -> None:
    inputs = Preprocessing.fit(data := _pictures(), np.arange(60)).compact(data, np.arange(5, 40))
    corners = jnp.asarray([[0, 1], [2, 0], [2, 1]])
    of_pixels, of_numbers = (
        jax.jit(tiles_at, static_argnames="tile")(
            put(x), jnp.asarray([3, 0, 34]), corners, tile=(4, 3)
        )
        for x in (inputs, inputs[:])
    )
    assert np.array_equal(of_pixels, of_numbers)
    assert np.array_equal(of_pixels[1], inputs[0, 2:6, :3])


def test_no_part_of_a_split_copies_pixels() -> None:
    data = _pictures()
    prepared = prepare(data, ensemble_folds(data, split(data), 3))
    assert prepared.both is not None
    for part in (prepared.train, prepared.validation, prepared.test, prepared.both):
        assert isinstance(part.x, PixelInputs)
        assert part.x.pixels is data.x
        assert len(part.x) == len(part.y)
    rows = np.concatenate([prepared.train.x.rows, prepared.validation.x.rows])  # type: ignore[union-attr]
    assert rows.tolist() == prepared.both.x.rows.tolist()  # type: ignore[union-attr]


def test_batches_of_validation_rows_share_the_pixels_of_training() -> None:
    splits = Splits.of(prepare(data := _pictures(), split(data)))
    inputs = splits.batches.x
    assert isinstance(inputs, PixelRows)
    assert isinstance(splits.training.x, PixelRows)
    assert inputs.pixels is splits.training.x.pixels
    each, rows_of = by_batch(inputs)
    found = jax.lax.map(lambda own: all_rows(rows_of(own)), each)
    validation = prepare(data, split(data)).validation
    count = len(validation)
    assert np.array_equal(found.reshape(-1, 6, 5, 2)[:count], validation.x)
    assert splits.weights is not None
    assert splits.weights.sum() == count


@pytest.mark.parametrize("folds", [0, 2])
def test_networks_trained_on_pixels_are_the_same(folds: int) -> None:
    data = _pictures(np.uint16 if folds else np.uint8)
    network = Sequential(Conv(3, kernel_size=3), relu, Flatten(), Dense(3))
    recipe = RECIPE if folds else replace(RECIPE, augmentation=(Shift(0.2),))
    found = []
    for way in (nullcontext(), dense()):
        with way:
            study = shoal.search(
                network, recipe, data, trials=1, lanes=max(folds, 1), folds=folds or None,
                confirm_seeds=0, progress=False,
            )  # fmt: skip
            model = study.best_model
            scores = [model.info.get(part) for part in ("validation", "test", "unseen")]
            found.append((model.params, scores, model.predict_proba(data), model.evaluate(data)))
    (params, scores, shares, told), (others, same, alike, again) = found
    assert jax.tree.all(jax.tree.map(np.array_equal, params, others))
    assert scores == same
    assert np.array_equal(shares, alike)
    assert told == again


def test_dense_networks_take_all_steps_at_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _pictures()
    network = Sequential(Flatten(), Dense(Int(3, 30)), relu, Dense(3))
    found, went = [], []
    course = dense_course.train
    monkeypatch.setattr(dense_course, "train", lambda *a: went.append(limit) or course(*a))
    for limit in (dense_course.DENSE, 0):
        monkeypatch.setattr(dense_course, "DENSE", limit)
        study = shoal.search(
            network, RECIPE, data, trials=8, lanes=8, confirm_seeds=0, progress=False
        )
        found.append(study.best_model.params)
    assert jax.tree.all(jax.tree.map(np.array_equal, *found))
    assert 0 not in went
    assert went or not dense_course.native_for(jnp.float32)


def test_several_preparations_are_joined_as_they_are() -> None:
    data, other = _pictures(), _pictures(rows=70)
    parts = [prepare(data, split(data, seed=seed)) for seed in (0, 1)]
    parts.append(prepare(other, split(other)))
    with dense():
        wanted = stacked(
            [
                prepare(one, part.split)
                for one, part in zip((data, data, other), parts, strict=True)
            ],
            Objective.of(data.task),
        ).training.x
    found = stacked(parts, Objective.of(data.task)).training.x
    assert isinstance(found, PixelRows)
    assert len(found.pixels) == len(data) + len(other)
    assert np.array_equal(all_rows(found), wanted)
    deep = Preprocessing.fit(of_words := _pictures(np.uint16), np.arange(9)).compact(of_words)
    both = [parts[0].train.x, deep]
    assert np.array_equal(joined(both), np.concatenate([np.asarray(x) for x in both]))
