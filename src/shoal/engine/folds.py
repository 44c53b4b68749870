"""Folds: each trains on its own rows of the training split, and is steered by the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.data import Examples, Prepared
from shoal.engine.device_rows import rows_at
from shoal.engine.lane import Rows
from shoal.engine.predictor import scoring_batch
from shoal.metrics import Measure, Scale


@dataclass(frozen=True, eq=False)
class Fold:
    """One way to divide the training split.

    Attributes:
        train: rows to train on, int32.
        steering: the other rows in batches, int32 of shape (batches, size); -1 is
            no row. All folds of a split have this in one shape, so that one
            program serves them.
        scale: turns sums over these rows into metrics.
    """

    train: np.ndarray
    steering: np.ndarray
    scale: Scale


def folds_of(prepared: Prepared, measures: Sequence[Measure]) -> tuple[Fold, ...]:
    """The folds that the split of these data tells of; none if it tells of none.

    Source: Stone, "Cross-validatory choice and assessment of statistical
    predictions", Journal of the Royal Statistical Society B 36 (1974).
    """
    number = prepared.split.folds
    if number is None:
        return ()
    steering = [np.flatnonzero(number == fold) for fold in range(int(number.max()) + 1)]
    return _each(prepared, prepared.train, measures, steering)


def ensemble_folds_of(prepared: Prepared, measures: Sequence[Measure]) -> tuple[Fold, ...]:
    """The folds of training and validation rows together, and last the split itself as one."""
    number, both = prepared.split.ensemble, prepared.both
    assert number is not None
    assert both is not None
    steering = [np.flatnonzero(number == fold) for fold in range(int(number.max()) + 1)]
    own = np.arange(len(prepared.train), len(both))
    return _each(prepared, both, measures, [*steering, own])


def _each(
    prepared: Prepared, part: Examples, measures: Sequence[Measure], steering: Sequence[np.ndarray]
) -> tuple[Fold, ...]:
    """A fold for each of these lists of rows that steer; the others of the part train."""
    most = max(map(len, steering))
    size = min(scoring_batch(part.x.shape[1:]), most)
    found = []
    for rows in steering:
        padded = np.full(-(-most // size) * size, -1, np.int32)
        padded[: len(rows)] = rows
        weight = None if part.weight is None else part.weight[rows]
        scale = Scale.of(
            prepared.task, measures, part.y[rows], prepared.preprocessing.target_scale, weight,
            prepared.preprocessing.positive_index,
        )  # fmt: skip
        train = np.ones(len(part), bool)
        train[rows] = False
        rest = np.flatnonzero(train).astype(np.int32)
        found.append(Fold(rest, padded.reshape(-1, size), scale))
    return tuple(found)


def batch_at(rows: Rows, index: Array) -> tuple[Rows, Array]:
    """The examples of these row numbers, and how much each counts: 0 where there is none."""
    at = jnp.maximum(index, 0)
    weight = (index >= 0).astype(jnp.float32)
    if rows.weight is not None:
        weight = weight * jnp.take(rows.weight, at)
    return Rows(rows_at(rows.x, at), jnp.take(rows.y, at, axis=0)), weight
