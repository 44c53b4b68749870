"""The compiled program of a group of lanes: `lane.py` with a lane axis in front."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.training import lane
from shoal.training.compiling import CompileLog, shapes_of
from shoal.training.lane import Course, Learner, Rows, Setting
from shoal.training.specialize import Specialization


class Program:
    """Four compiled functions over all lanes, and one tree of their state.

    Args:
        special: network and recipe.
        task: ``classification`` or ``regression``.
        training: the training split.
        batches, weights: the validation split in batches (see `lane.evaluate`).
        params, setting: one lane's weights and setting, for their shapes.
        lanes: number of lanes.
        steps: optimizer steps of one call of `train`.
        log: where compilations are counted.
    """

    def __init__(
        self,
        special: Specialization,
        task: str,
        training: Rows,
        batches: Rows,
        weights: Array,
        params: Any,
        setting: Setting,
        lanes: int,
        steps: int,
        log: CompileLog,
    ) -> None:
        self.lanes = lanes
        self.rows, self.batches, self.weights = training, batches, weights
        one = jax.eval_shape(partial(lane.start, special), params, setting)
        learners, settings = shapes_of(one, lanes), shapes_of(setting, lanes)
        flag = jax.ShapeDtypeStruct((lanes,), jnp.bool_)
        noise = jax.ShapeDtypeStruct((lanes,), jnp.uint32)
        batch = special.recipe.batch_size
        order = jax.ShapeDtypeStruct((lanes, steps, batch), jnp.int32)
        index = jax.ShapeDtypeStruct((), jnp.int32)

        def train(rows: Rows, *by_lane: Any) -> Any:
            return jax.vmap(partial(lane.train, special, rows))(*by_lane)

        def evaluate(batches: Rows, weights: Array, *by_lane: Any) -> Any:
            return jax.vmap(partial(lane.evaluate, special, task, batches, weights))(*by_lane)

        def place(
            learners: Learner, best: Any, settings: Setting, at: Array, params: Any, own: Setting
        ) -> tuple[Learner, Any, Setting]:
            fresh = lane.start(special, params, own)
            return _put(learners, at, fresh), _put(best, at, params), _put(settings, at, own)

        course = shapes_of(fresh_courses(np.zeros(lanes, bool), np.zeros(lanes, np.int32)))
        compile_ = log.compile
        self.train: Callable[..., tuple[Learner, Course]] = compile_(
            train, shapes_of(training), learners, settings, course, noise, order, donate=(1, 3)
        )
        self.evaluate: Callable[..., dict[str, Array]] = compile_(
            evaluate, shapes_of(batches), shapes_of(weights), learners.params, settings, flag
        )
        self.place: Callable[..., tuple[Learner, Any, Setting]] = compile_(
            place, learners, learners.params, settings, index,
            shapes_of(params), shapes_of(setting), donate=(0, 1, 2),
        )  # fmt: skip
        self.keep: Callable[..., Any] = compile_(
            _keep, learners.params, learners.params, flag, donate=(0,)
        )
        self.read: Callable[..., Any] = compile_(_take, learners.params, index)
        self.learners: Learner = _zeros(learners)
        self.best: Any = _zeros(learners.params)
        self.settings: Setting = _zeros(settings)


def fresh_courses(alive: np.ndarray, step: np.ndarray) -> Course:
    """The start of an epoch for all lanes."""
    lanes = len(alive)
    return Course(
        alive=jnp.asarray(alive),
        step=jnp.asarray(step, jnp.int32),
        first_bad_step=jnp.asarray(np.full(lanes, -1, np.int32)),
        loss_sum=jnp.asarray(np.zeros(lanes, np.float32)),
        examples=jnp.asarray(np.zeros(lanes, np.float32)),
    )


def _put(stack: Any, at: Array, one: Any) -> Any:
    """The lanes' tree with one lane replaced."""
    return jax.tree.map(
        lambda whole, part: jax.lax.dynamic_update_index_in_dim(whole, part, at, 0), stack, one
    )


def _take(stack: Any, at: Array) -> Any:
    """One lane out of the lanes' tree."""
    return jax.tree.map(
        lambda whole: jax.lax.dynamic_index_in_dim(whole, at, 0, keepdims=False), stack
    )


def _keep(best: Any, now: Any, improved: Array) -> Any:
    """The best weights so far: now's where the lane improved."""

    def pick(old: Array, new: Array) -> Array:
        return jnp.where(improved.reshape((-1,) + (1,) * (new.ndim - 1)), new, old)

    return jax.tree.map(pick, best, now)


def _zeros(shapes: Any) -> Any:
    return jax.tree.map(lambda leaf: jax.device_put(np.zeros(leaf.shape, leaf.dtype)), shapes)
