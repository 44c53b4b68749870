"""The training and validation splits as compiled programs want them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import jax
import numpy as np
from jax import Array

from shoal.data import Prepared
from shoal.training.lane import Rows
from shoal.training.metrics import Objective, Scale, epoch_measures
from shoal.training.scoring_batch import scoring_batch


@dataclass(frozen=True, eq=False)
class Splits:
    """Training and validation examples on the device.

    Attributes:
        task: what is predicted.
        outputs: number of classes, labels or target values.
        training: the training split.
        batches, weights: the validation split in batches, the last one padded.
        scale: turns sums over the validation split into metrics.
    """

    task: str
    outputs: int
    training: Rows
    batches: Rows
    weights: Array
    scale: Scale

    @classmethod
    def of(cls, prepared: Prepared, objective: Objective | None = None) -> Splits:
        """Put prepared data on the device; the objective is measured along with the usual."""
        train, steering = prepared.train, prepared.validation
        weight = None if train.weight is None else jax.device_put(train.weight)
        training = Rows(jax.device_put(train.x), jax.device_put(train.y), weight)
        batches, weights = _batched(steering.x, steering.y, steering.weight)
        measures = epoch_measures(prepared.task, objective.metric if objective else None)
        target_scale = prepared.preprocessing.target_scale
        scale = Scale.of(prepared.task, measures, steering.y, target_scale, steering.weight)
        return cls(prepared.task, prepared.outputs, training, batches, weights, scale)

    @property
    def rows(self) -> int:
        """Number of training examples."""
        return int(self.training.x.shape[0])


def _batched(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> tuple[Rows, Array]:
    weight = np.ones(len(x), np.float32) if weight is None else weight
    size = min(scoring_batch(x.shape[1:]), len(x))
    count = -(-len(x) // size)
    padding = count * size - len(x)

    def cut(values: np.ndarray) -> Array:
        padded = np.pad(values, [(0, padding)] + [(0, 0)] * (values.ndim - 1))
        placed: Array = jax.device_put(padded.reshape(count, size, *values.shape[1:]))
        return placed

    return Rows(cut(x), cut(y)), cut(weight)


@lru_cache(maxsize=64)
def epoch_order(seed: int, epoch: int, rows: int, steps: int, batch: int) -> np.ndarray:
    """The rows of each step of an epoch: a fresh shuffle, keyed by seed and epoch alone.

    Args:
        seed: the trial's.
        epoch: 1-based.
        rows: number of training examples.
        steps: steps of the result, at least ceil(rows / batch).
        batch: examples a step.

    Returns:
        int32 of shape (steps, batch); -1 where there is no example left.
    """
    order = np.full(steps * batch, -1, np.int32)
    order[:rows] = np.random.default_rng([seed, epoch]).permutation(rows)
    result = order.reshape(steps, batch)
    result.flags.writeable = False
    return result
