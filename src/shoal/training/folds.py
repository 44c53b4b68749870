"""Folds: each trains on its own rows of the training split, and is steered by the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.data import Prepared
from shoal.training.compact_rows import rows_at
from shoal.training.lane import Rows
from shoal.training.metrics import Measure, Scale
from shoal.training.scoring_batch import scoring_batch


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
    train = prepared.train
    most = int(np.bincount(number).max())
    size = min(scoring_batch(train.x.shape[1:]), most)
    found = []
    for fold in range(int(number.max()) + 1):
        rows = np.flatnonzero(number == fold).astype(np.int32)
        steering = np.full(-(-most // size) * size, -1, np.int32)
        steering[: len(rows)] = rows
        weight = None if train.weight is None else train.weight[rows]
        scale = Scale.of(
            prepared.task, measures, train.y[rows], prepared.preprocessing.target_scale, weight,
            prepared.preprocessing.positive_index,
        )  # fmt: skip
        rest = np.flatnonzero(number != fold).astype(np.int32)
        found.append(Fold(rest, steering.reshape(-1, size), scale))
    return tuple(found)


def batch_at(rows: Rows, index: Array) -> tuple[Rows, Array]:
    """The examples of these row numbers, and how much each counts: 0 where there is none."""
    at = jnp.maximum(index, 0)
    weight = (index >= 0).astype(jnp.float32)
    if rows.weight is not None:
        weight = weight * jnp.take(rows.weight, at)
    return Rows(rows_at(rows.x, at), jnp.take(rows.y, at, axis=0)), weight
