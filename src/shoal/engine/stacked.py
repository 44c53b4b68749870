"""Several preparations of data on one device: each lane trains and is steered by its own."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np

from shoal.data import Examples, Prepared
from shoal.data.encode.compact_inputs import joined
from shoal.engine.device_rows import put
from shoal.engine.folds import Fold
from shoal.engine.lane import Rows
from shoal.engine.predictor import scoring_batch
from shoal.engine.splits import Splits
from shoal.metrics import Measure, Objective, Scale, epoch_measures

SHOWN = 64
"""Training rows that metrics are computed on where no rows validate."""


def stacked(parts: Sequence[Prepared], objective: Objective) -> Splits:
    """The training and validation rows of all parts, one after another; a fold for each part.

    The parts may divide the same rows in any way, each with a preprocessing of its own. What
    a network comes to on one of them does not depend on the others.

    Args:
        parts: of one task, one shape of inputs and as many outputs.
        objective: measured along with the usual.
    """
    first = parts[0]
    measures = epoch_measures(first.task, objective.metric)
    steered = [_steering(part) for part in parts]
    most = max(map(len, steered))
    size = min(scoring_batch(first.input_shape), most)
    folds, before = [], 0
    for part, examples in zip(parts, steered, strict=True):
        steering = np.full(-(-most // size) * size, -1, np.int32)
        own = before + len(part.train)
        begin = own if len(part.validation) else before
        steering[: len(examples)] = begin + np.arange(len(examples))
        train = np.arange(before, own, dtype=np.int32)
        folds.append(Fold(train, steering.reshape(-1, size), _scale(part, examples, measures)))
        before = own + len(part.validation)
    training = _joined([one for part in parts for one in (part.train, part.validation)])
    return Splits(first.task, first.outputs, training, training, None, folds[0].scale, tuple(folds))


def _steering(part: Prepared) -> Examples:
    """What metrics are of: where no rows validate, a few of the training rows, to show them."""
    if len(part.validation):
        return part.validation
    few, train = slice(None, SHOWN), part.train
    return Examples(train.x[few], train.y[few], None if train.weight is None else train.weight[few])


def _scale(part: Prepared, steering: Examples, measures: Sequence[Measure]) -> Scale:
    fitted = part.preprocessing
    return Scale.of(
        part.task, measures, steering.y, fitted.target_scale, steering.weight,
        fitted.positive_index,
    )  # fmt: skip


def _joined(examples: Sequence[Examples]) -> Rows:
    """All of them on the device; where some count differently, all have a weight."""
    x = put(joined([one.x for one in examples]))
    y = np.concatenate([one.y for one in examples])
    weight = None
    if any(one.weight is not None for one in examples):
        weight = np.concatenate([
            np.ones(len(one), np.float32) if one.weight is None else one.weight
            for one in examples
        ])  # fmt: skip
    return Rows(x, jax.device_put(y), None if weight is None else jax.device_put(weight))
