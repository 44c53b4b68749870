"""The compiled program of a group of lanes: `lane.py` with a lane axis in front."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.engine import lane
from shoal.engine.compilation import Compilation, CompileLog, Source, shapes_of
from shoal.engine.device_rows import by_batch
from shoal.engine.fastpaths import dense_course, whole_lanes
from shoal.engine.fastpaths.factored_gradients import factored_owners
from shoal.engine.folds import batch_at
from shoal.engine.lane import EpochState, LaneInputs, Rows, TrainState
from shoal.engine.specialize import Specialization
from shoal.engine.splits import Splits

_INDEX = jax.ShapeDtypeStruct((), jnp.int32)

PLACES = 8
"""Lanes that one call fills at most."""

PLACED_BYTES = 4e6
"""Bytes of weights that one call takes, or else one lane's: whatever of them is not
used is copied all the same."""


@dataclass(frozen=True)
class Shapes:
    """Shapes and types of what a program's functions take, all lanes together."""

    params: Any
    setting: LaneInputs
    learners: TrainState
    settings: LaneInputs
    course: EpochState
    noise: Any
    order: Any
    alive: Any

    @classmethod
    def of(
        cls, special: Specialization, params: Any, setting: LaneInputs, lanes: int, steps: int
    ) -> Shapes:
        """For this many lanes and steps a call; weights and setting are one lane's."""
        one = jax.eval_shape(partial(lane.start, special), params, setting)
        idle = fresh_courses(np.zeros(lanes, bool), np.zeros(lanes, np.int32))
        return cls(
            params=shapes_of(params),
            setting=shapes_of(setting),
            learners=shapes_of(one, lanes),
            settings=shapes_of(setting, lanes),
            course=shapes_of(idle),
            noise=jax.ShapeDtypeStruct((lanes,), jnp.uint32),
            order=jax.ShapeDtypeStruct((lanes, steps, special.recipe.batch_size), jnp.int32),
            alive=jax.ShapeDtypeStruct((lanes,), jnp.bool_),
        )


def train_source(special: Specialization, splits: Splits, shapes: Shapes) -> Source:
    """Some steps of every lane: (`training_rows`, learners, settings, course, noise, order)."""
    lanes, task = shapes.alive.shape[0], splits.task
    whole = dense_course.suits(special, splits, lanes)
    factored = () if whole else tuple(factored_owners(special, task, lanes))
    one = (
        dense_course.train if whole else partial(lane.train, factored=factored, tiles=splits.tiles)
    )

    def train(rows: Rows, *by_lane: Any) -> Any:
        return jax.vmap(partial(one, special, task, rows))(*by_lane)

    by_lane = (shapes.learners, shapes.settings, shapes.course, shapes.noise, shapes.order)
    examples = (shapes_of(training_rows(special, splits, lanes)), *by_lane)
    computes = special.computing("train", task, whole, factored, splits.tiles)
    return Source(train, examples, donate=(1,), computes=computes)


def training_rows(special: Specialization, splits: Splits, lanes: int) -> Rows:
    """The training split in the form that the program takes, which depends on the lanes."""
    return splits.dense if dense_course.suits(special, splits, lanes) else splits.training


def evaluate_source(special: Specialization, splits: Splits, shapes: Shapes) -> Source:
    """Sums over what steers the lanes: (batches, weights, params, settings, alive).

    With folds it is (rows, index, …): each lane has its own rows.
    """
    measures = splits.scale.measures
    one = partial(lane.evaluate, special, splits.task, measures)

    def evaluate(batches: Rows, weights: Array, *by_lane: Any) -> Any:
        each, rows_of = by_batch(batches.x)

        def batch_of(batch: Any) -> tuple[Rows, Array]:
            own, y, weight = batch
            return Rows(rows_of(own), y), weight

        return jax.vmap(partial(one, (each, batches.y, weights), batch_of))(*by_lane)

    def evaluate_folds(rows: Rows, index: Array, *by_lane: Any) -> Any:
        batch_of = partial(batch_at, rows)
        return jax.vmap(lambda own, *rest: one(own, batch_of, *rest))(index, *by_lane)

    by_lane = (shapes.learners.params, shapes.settings, shapes.alive)
    names = tuple(measure.name for measure in measures)
    computes = special.computing("evaluate", splits.task, bool(splits.folds), names)
    if not splits.folds:
        shared = (shapes_of(splits.batches), shapes_of(splits.weights))
        return Source(evaluate, (*shared, *by_lane), computes=computes)
    lanes = shapes.alive.shape[0]
    index = jax.ShapeDtypeStruct((lanes, *splits.steering(None).shape), jnp.int32)
    examples = (shapes_of(splits.training), index, *by_lane)
    return Source(evaluate_folds, examples, computes=computes)


def fill_source(special: Specialization, shapes: Shapes, places: int) -> Source:
    """Fill up to ``places`` lanes: see `whole_lanes.placing`."""
    several = shapes_of((shapes.params, shapes.setting), places)
    lanes = jax.ShapeDtypeStruct((places,), jnp.int32)
    filled = (shapes.learners, shapes.learners.params, shapes.settings)
    examples = (*filled, lanes, _INDEX, *several)
    place = whole_lanes.placing(special)
    return Source(place, examples, donate=(0, 1, 2), computes=special.computing("place"))


def keep_source(shapes: Shapes) -> Source:
    """The best weights so far: (best, now, improved)."""
    weights = shapes.learners.params
    examples = (weights, weights, shapes.alive)
    return Source(whole_lanes.keep, examples, donate=(0,), computes="keep")


def inherit_source(shapes: Shapes) -> Source:
    """Weights and memory of all lanes, each from the lane that is named: (learners, source)."""
    source = jax.ShapeDtypeStruct(shapes.alive.shape, jnp.int32)
    return Source(whole_lanes.inherit, (shapes.learners, source), computes="inherit")


class Program:
    """The compiled functions of a group of lanes, and the trees of their state.

    Both are there once it is open. Until then its compilation may go on, bit by bit.

    Args:
        special: network and recipe.
        splits: the data.
        params, setting: one lane's weights and setting, for their shapes.
        lanes: number of lanes.
        steps: optimizer steps of one call of ``train``.
    """

    def __init__(
        self,
        special: Specialization,
        splits: Splits,
        params: Any,
        setting: LaneInputs,
        lanes: int,
        steps: int,
    ) -> None:
        shapes = self._shapes = Shapes.of(special, params, setting, lanes, steps)
        weights = shapes.learners.params
        self.lanes = lanes
        self.rows = training_rows(special, splits, lanes)
        self.places = places_of(params, lanes)
        self.compilation = Compilation(
            [
                train_source(special, splits, shapes),
                evaluate_source(special, splits, shapes),
                fill_source(special, shapes, self.places),
                keep_source(shapes),
                Source(whole_lanes.read, (weights, _INDEX), computes="read"),
            ]
        )

    def open(self, log: CompileLog) -> None:
        """Have the functions, and memory for all lanes; compilations are counted in the log."""
        self._log = log
        functions = log.finish(self.compilation)
        self.train, self.evaluate, self.place, self.keep, self.read = functions
        self.learners: TrainState = zeros(self._shapes.learners)
        self.best: Any = zeros(self._shapes.learners.params)
        self.settings: LaneInputs = zeros(self._shapes.settings)

    @cached_property
    def inherit(self) -> Callable[..., TrainState]:
        """See `inherit_source`: compiled when first it is used, since few searches do."""
        (inherit,) = self._log.compile(inherit_source(self._shapes))
        return inherit


def places_of(params: Any, lanes: int) -> int:
    """Lanes that one call fills; ``params`` are one lane's weights."""
    weights = sum(leaf.nbytes for leaf in jax.tree.leaves(params))
    return max(1, min(PLACES, lanes, int(PLACED_BYTES / max(weights, 1))))


def fresh_courses(alive: np.ndarray, step: np.ndarray) -> EpochState:
    """The start of an epoch for all lanes."""
    lanes = len(alive)
    values: tuple[Any, ...] = (
        alive, step.astype(np.int32), np.full(lanes, -1, np.int32),
        np.zeros(lanes, np.float32), np.zeros(lanes, np.float32),
    )  # fmt: skip
    return EpochState(*values)


def zeros(shapes: Any) -> Any:
    """Arrays of these shapes on the device, all zero."""
    return jax.tree.map(lambda leaf: jax.device_put(np.zeros(leaf.shape, leaf.dtype)), shapes)
