"""The training and validation splits in the form that compiled programs take.

Training rows have room for a few more, so that data of nearly the same size share a program.
They are taken by their numbers, and what lies behind them changes nothing. Validation rows have
no such room: the last bit of a sum would depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import jax
import numpy as np
from jax import Array

from shoal.data import Examples, Prepared
from shoal.data.encode.compact_inputs import AnyInputs, CompactInputs
from shoal.data.encode.pixels import PixelInputs, allocated
from shoal.engine.device_rows import AnyRows, CompactRows, PixelRows, on_host, put
from shoal.engine.folds import Fold, ensemble_folds_of, folds_of
from shoal.engine.lane import Rows
from shoal.engine.predictor import scoring_batch
from shoal.engine.tiling import tiles_a_picture
from shoal.engine.trial import Member
from shoal.metrics import Objective, Scale, epoch_measures
from shoal.metrics.metric import Sums

MOST_BYTES = 2**26
"""Inputs that take more than that are not copied for it."""


def with_room(rows: int) -> int:
    """A number of rows, rounded up to one of the eight between two powers of two."""
    step: int = 2 ** max(rows.bit_length() - 4, 0)
    return -(-rows // step) * step


def roomy(examples: Examples) -> Examples:
    """The same examples and behind them some that nobody reads: the last one again."""
    x, missing = examples.x, with_room(len(examples)) - len(examples)
    if len(x) == 0 or isinstance(x, CompactInputs):  # large, and packed
        return examples
    copied = examples.y.nbytes + (0 if isinstance(x, PixelInputs) else x.nbytes)
    missing = missing if copied <= MOST_BYTES else 0
    if isinstance(x, PixelInputs):
        pixels = x.pixels
        if pixels.nbytes <= MOST_BYTES:
            pixels = _longer(pixels, with_room(len(pixels)) - len(pixels))
        x = PixelInputs(pixels, _longer(x.rows, missing), _longer(x.scaling, missing))
    else:
        x = _longer(x, missing)
    weight = None if examples.weight is None else _longer(examples.weight, missing)
    sizes = None if examples.sizes is None else _longer(examples.sizes, missing)
    return Examples(x, _longer(examples.y, missing), weight, sizes)


def _longer(values: np.ndarray, missing: int) -> np.ndarray:
    """The same values and behind them the last one again, so often."""
    if missing == 0:
        return values
    whole = allocated((len(values) + missing, *values.shape[1:]), values.dtype)
    whole[: len(values)], whole[len(values) :] = values, values[-1:]
    return whole


LOOKED_AT = 2**16
"""Rows that layers are fitted on, at most: quantiles of more are hardly other ones."""


@dataclass(frozen=True, eq=False)
class Splits:
    """Training and validation examples on the device.

    Attributes:
        task: what is predicted.
        outputs: number of classes, labels or target values.
        training: the training split.
        batches, weights: the validation split in batches, the last one padded;
            with folds, of which each lane has its own, the training split and None.
        scale: turns sums over the validation split into metrics.
        folds: of the training split; empty where there is a validation split, unless an
            ensemble is trained on folds of both.
        own: where the folds are an ensemble's, the split itself as one.
        spare: rows behind those of the training split, which nobody reads.
        tiles: of each picture that an epoch shows; their numbers take the place of rows'.
    """

    task: str
    outputs: int
    training: Rows
    batches: Rows
    weights: Array | None
    scale: Scale
    folds: tuple[Fold, ...] = ()
    own: Fold | None = None
    spare: int = 0
    tiles: int = 1

    @classmethod
    def of(cls, prepared: Prepared, objective: Objective | None = None) -> Splits:
        """Put prepared data on the device; the objective is measured along with the usual."""
        known = prepared.both or prepared.train
        train, steering = roomy(known), prepared.validation
        spare = len(train) - len(known)
        weight = None if train.weight is None else jax.device_put(train.weight)
        sizes = None if train.sizes is None else jax.device_put(train.sizes)
        training = Rows(put(train.x), jax.device_put(train.y), weight, sizes)
        tiles = tiles_a_picture(known.x.shape, known.sizes, prepared.input_shape)
        measures = epoch_measures(prepared.task, objective.metric if objective else None)
        if prepared.both is not None:
            *folds_, own = ensemble_folds_of(prepared, measures)
            task, outputs = prepared.task, prepared.outputs
            return cls(
                task, outputs, training, training, None, own.scale, tuple(folds_), own, spare, tiles
            )
        folds = folds_of(prepared, measures)
        if folds:
            scale = folds[0].scale
            return cls(
                prepared.task, prepared.outputs, training, training, None, scale, folds,
                spare=spare, tiles=tiles,
            )  # fmt: skip
        batches, weights = _batched(steering.x, steering.y, steering.weight, training.x)
        fitted = prepared.preprocessing
        scale = Scale.of(
            prepared.task, measures, steering.y, fitted.target_scale, steering.weight,
            fitted.positive_index,
        )  # fmt: skip
        return cls(
            prepared.task, prepared.outputs, training, batches, weights, scale, spare=spare,
            tiles=tiles,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        """Number of training examples."""
        return int(self.training.x.shape[0]) - self.spare

    @cached_property
    def dense(self) -> Rows:
        """The training split with its inputs as a network takes them.

        Only for those that cannot expand them by batches: pictures take four times as much.
        """
        x = self.training.x
        if not isinstance(x, PixelRows):
            return self.training
        return self.training._replace(x=put(on_host(x, np.arange(len(x.rows)))))

    def fold_of(self, member: Member) -> Fold | None:
        """The fold that a member trains on; None: on all rows."""
        return self.own if member.fold is None else self.folds[member.fold]

    def rows_of(self, member: Member) -> int:
        """Number of examples that a member trains on in an epoch: rows, or tiles of them."""
        fold = self.fold_of(member)
        return self.tiles * (self.rows if fold is None else len(fold.train))

    @property
    def epoch_rows(self) -> int:
        """Number of examples of a lane's epoch, at most, unless it is on all of them."""
        folds = self.folds if self.own is None else (*self.folds, self.own)
        return self.tiles * max((len(fold.train) for fold in folds), default=self.rows)

    def looked_at(self, fold: int | None, rows: np.ndarray | None = None) -> np.ndarray:
        """Inputs of the rows that train a lane, at most `LOOKED_AT` of them drawn by chance.

        Which are drawn depends on their number alone, so that all trials see the same.

        Args:
            fold: the fold that steers the lane; None: the validation rows do, if any.
            rows: that it trains on, where these are not all.
        """
        if rows is None:
            whole = self.own if fold is None else self.folds[fold]
            rows = np.arange(self.rows) if whole is None else whole.train
        if len(rows) > LOOKED_AT:
            drawn = np.random.default_rng(len(rows)).choice(len(rows), LOOKED_AT, replace=False)
            rows = rows[np.sort(drawn)]
        return on_host(self.training.x, rows)

    def order(self, member: Member, epoch: int, steps: int, batch: int) -> np.ndarray:
        """The rows of each step of a member's epoch; see `epoch_order`."""
        order = epoch_order(member.seed, epoch, self.rows_of(member), steps, batch)
        fold = self.fold_of(member)
        if fold is None:
            return order
        numbers = self.numbers(fold.train)
        return np.where(order >= 0, numbers[order], order)  # -1 stays: no example

    def numbers(self, rows: np.ndarray) -> np.ndarray:
        """The numbers of all tiles of these rows: where an epoch shows rows, these themselves."""
        if self.tiles == 1:
            return rows
        each = rows[:, None] * self.tiles + np.arange(self.tiles, dtype=rows.dtype)
        return each.reshape(-1)

    def steering(self, member: Member | None) -> np.ndarray:
        """The rows that steer a member; where it trains on all, those of the first fold."""
        fold = None if member is None else self.fold_of(member)
        return (fold or self.folds[0]).steering

    def metrics(self, member: Member, sums: Mapping[str, Sums]) -> dict[str, float]:
        """The metrics of a member, from sums by measure over what steers it."""
        fold = self.fold_of(member)
        return (self.scale if fold is None else fold.scale).metrics_of(sums)


def _batched(
    x: AnyInputs, y: np.ndarray, weight: np.ndarray | None, training: AnyRows
) -> tuple[Rows, Array]:
    """Examples in batches, the last one padded, and how much each counts.

    Args:
        x: inputs.
        y: targets.
        weight: how much each counts; None: all the same.
        training: those of training, which share their pixels.
    """
    pixels = training.pixels if isinstance(training, PixelRows) else None
    weight = np.ones(len(x), np.float32) if weight is None else weight
    size = min(scoring_batch(x.shape[1:]), len(x))
    count = -(-len(x) // size)

    def cut(values: np.ndarray, filled: int = 0) -> Array:
        padded = allocated((count * size, *values.shape[1:]), values.dtype)
        padded[: len(x)], padded[len(x) :] = values, filled
        placed: Array = jax.device_put(padded.reshape(count, size, *values.shape[1:]))
        return placed

    if isinstance(x, CompactInputs):
        nothing = int(np.iinfo(x.places.dtype).max)
        inputs: AnyRows = CompactRows(cut(x.numbers), cut(x.places, nothing), x.layout)
    elif isinstance(x, PixelInputs):
        rows, scaling = cut(x.rows.astype(np.int32)), cut(x.scaling, 1)
        inputs = PixelRows(jax.device_put(x.pixels) if pixels is None else pixels, rows, scaling)
    else:
        inputs = cut(x)
    return Rows(inputs, cut(y)), cut(weight)


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


def repeated_order(
    rows: np.ndarray, seed: int, epoch: int, needed: int, steps: int, batch: int
) -> np.ndarray:
    """The rows of each step of an epoch of the whole split, filled with passes through a part.

    A lane on a tenth of the rows goes through them ten times while its neighbors go
    through theirs once: all take the same number of steps, and none is idle. A pass
    is shuffled as an epoch of these rows alone would be, and is cut where the epoch
    ends; the next epoch goes on from there.

    Args:
        rows: of the training split, in ascending order, shape (part,).
        seed: the trial's.
        epoch: 1-based.
        needed: steps in which the whole split is gone through once.
        steps: steps of the result, at least ``needed``.
        batch: examples a step.

    Returns:
        int32 of shape (steps, batch); -1 where there is no example.
    """
    a_pass = -(-len(rows) // batch)
    first = (epoch - 1) * needed
    passes = range(first // a_pass, (first + needed - 1) // a_pass + 1)
    orders = [epoch_order(seed, one + 1, len(rows), a_pass, batch) for one in passes]
    skipped = first - passes[0] * a_pass
    places = np.concatenate(orders)[skipped : skipped + needed]
    result = np.full((steps, batch), -1, np.int32)
    result[:needed] = np.where(places >= 0, rows[places], -1)
    return result
