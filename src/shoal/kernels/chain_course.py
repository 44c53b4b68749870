"""Some steps of training of a chain of fully connected layers, as one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from shoal.kernels.dense_chain import DenseLink
from shoal.kernels.extension import native_for
from shoal.kernels.ffi import chain_course as _native
from shoal.kernels.ffi.dense_chain import lane_per_thread
from shoal.kernels.update import OptimizerStep


class ChainProgress(NamedTuple):
    """How a network's epoch is going, scalars.

    Attributes:
        alive: int32, whether it trains: 1 or 0.
        step: int32, steps taken.
        first_bad_step: int32, the step at which the loss was not finite, or -1.
        loss_sum, examples: float32, over the examples so far.
    """

    alive: Array
    step: Array
    first_bad_step: Array
    loss_sum: Array
    examples: Array


class ChainBatches(NamedTuple):
    """Examples, and which of them each step takes.

    Attributes:
        x: of shape (n, K).
        labels: integers of shape (n,); what is no class counts nowhere.
        weights: how much each counts, of shape (n,); None: all the same.
        order: int32 of shape (steps, batch); -1 is none.
    """

    x: Array
    labels: Array
    weights: Array | None
    order: Array


def whole_lanes(lanes: int) -> bool:
    """Whether `chain_course` is there and pays: there are lanes enough for every thread."""
    return native_for(jnp.float32) and lane_per_thread(lanes)


def chain_course(
    batches: ChainBatches,
    links: Sequence[DenseLink],
    remembered: Sequence[tuple[Sequence[Array], Sequence[Array]]],
    progress: ChainProgress,
    steps: OptimizerStep,
    *,
    decays: Sequence[tuple[bool, bool]],
    smoothing: Array | None = None,
    classes: Array | None = None,
    active_in: Array | None = None,
) -> tuple[list[tuple[Array, Array | None]], list[tuple[list[Array], list[Array]]], ChainProgress]:
    """Steps of `chain_cost`, its gradients and `update`, one after another.

    A lane goes through all of them before the next lane begins, so that its weights
    and what the optimizer remembers stay in the caches of one processor. Bit for
    bit the same as the steps one by one. A step whose cost is not finite is not taken,
    and ends the lane's training. Only where `whole_lanes`.

    Args:
        batches: examples, and each step's.
        links: the layers; the second word of a key is replaced by the number of the step.
        remembered: for each layer, what the optimizer remembers of its weight and bias.
        progress: how the epoch is going.
        steps: the optimizer's, numbers of shape (steps, 7).
        decays: for each layer, whether its weight and its bias decay.
        smoothing: see `shoal.kernels.cross_entropy`.
        classes: weights of the classes.
        active_in: int32 scalar, inputs in use; None for all.

    Returns:
        for each layer its weight and bias, what is remembered of them, and the progress.
    """
    return _native.chain_course(
        batches, links, remembered, progress, steps, decays, smoothing, classes, active_in
    )
