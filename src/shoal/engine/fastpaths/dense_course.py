"""All steps of a call for networks of nothing but dense layers, as one operation.

A lane takes all steps of a call before the next lane begins, so its weights and the state of
its optimizer stay in one processor's caches. The result is that of `lane.train`, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from shoal.engine.device_rows import CompactRows, PixelRows
from shoal.engine.lane import EpochState, LaneInputs, Rows, TrainState
from shoal.engine.readout import Readout
from shoal.engine.specialize import Specialization
from shoal.engine.splits import Splits
from shoal.engine.step import by_kernel_alone, steps_ahead
from shoal.kernels import ChainBatches, ChainProgress, native_for, whole_lanes
from shoal.kernels.chain_course import chain_course
from shoal.losses import Loss
from shoal.nn import Params, chain_links, chain_of
from shoal.optimizers import Optimizer
from shoal.optimizers.optimizer import decays_of

DENSE = 1 << 29
"""Bytes of pictures as real numbers up to which they are kept so, as the kernel takes them."""

PARTS = ("weight", "bias")
"""The parameters of a dense layer."""


def suits(special: Specialization, splits: Splits, lanes: int) -> bool:
    """Whether this program can be trained like that, and gains by it with that many lanes."""
    return whole_lanes(lanes) and fits(special, splits)


def fits(special: Specialization, splits: Splits) -> bool:
    """Whether this program is of the kind that can be trained like that."""
    network, recipe, rows = special.network, special.recipe, splits.training
    loss = recipe.loss
    if not native_for(jnp.float32) or not isinstance(loss, Loss):
        return False
    moved = any(transform is not None for transform in recipe.augmentation)  # type: ignore[union-attr]  # specialized
    if moved or not by_kernel_alone(recipe) or rows.x.dtype != jnp.float32:
        return False
    if isinstance(rows.x, CompactRows):
        return False  # the kernel copies rows as they are
    if isinstance(rows.x, PixelRows) and rows.x.dense_bytes > DENSE:
        return False
    end = Readout.of(network, loss, splits.task).end
    classes = network.shapes()[end][-1]
    return loss.is_label_cost(rows.y, classes) and chain_of(network, end) is not None


def train(
    special: Specialization,
    task: str,
    rows: Rows,
    learner: TrainState,
    setting: LaneInputs,
    course: EpochState,
    noise: Array,
    order: Array,
) -> tuple[TrainState, EpochState]:
    """Some optimizer steps of one network: see `lane.train`. Only where it `suits`.

    Rows are `Splits.dense`.
    """
    network, recipe = special.bound(setting.traced)
    loss, optimizer = recipe.loss, recipe.optimizer
    assert isinstance(loss, Loss)
    assert isinstance(optimizer, Optimizer)
    assert isinstance(rows.x, Array)
    end = Readout.of(network, loss, task).end
    chain = chain_of(network, end)
    assert chain is not None
    key = jnp.stack([noise, jnp.zeros((), jnp.uint32)])
    widths = setting.widths()
    # The kernel puts the number of the step in the place of the second word.
    links, active_in = chain_links(network, chain, learner.params, key, widths)
    costs = loss.label_costs(rows.y, network.shapes()[end][-1])
    owners = [part[0].owner for part in chain.parts]
    decays = decays_of(network)
    trees = optimizer.remembered(learner.memory)
    first = setting.moment(course.step)
    ahead = steps_ahead(optimizer, learner.memory, first, len(order))
    assert ahead is not None
    params, memory, after = chain_course(
        ChainBatches(rows.x.reshape(len(rows.x), -1), costs.labels, rows.weight, order),
        links,
        [(_of(trees, owner, "weight"), _of(trees, owner, "bias")) for owner in owners],
        ChainProgress(course.alive.astype(jnp.int32), *course[1:]),
        ahead,
        decays=[(decays[owner]["weight"], decays[owner].get("bias", False)) for owner in owners],
        smoothing=costs.smoothing,
        classes=costs.classes,
        active_in=active_in,
    )
    kept = [
        _named(owners, [tuple(part[i] if part else None for part in own) for own in memory])
        for i in range(len(trees))
    ]
    remembered = optimizer.remember(learner.memory, kept, after.step - course.step)
    return TrainState(_named(owners, params), remembered), EpochState(after.alive > 0, *after[1:])


def _of(trees: Sequence[Params], owner: str, name: str) -> list[Array]:
    """What is remembered of a parameter; nothing if there is none of this name."""
    return [tree[owner][name] for tree in trees if name in tree[owner]]


def _named(owners: Sequence[str], parts: Sequence[Sequence[Array | None]]) -> Params:
    """Weights and biases, or what is remembered of them, by owner and name."""
    return {
        owner: {name: array for name, array in zip(PARTS, own, strict=True) if array is not None}
        for owner, own in zip(owners, parts, strict=True)
    }
