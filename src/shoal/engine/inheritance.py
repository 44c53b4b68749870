"""Trials that begin with the weights of an earlier training, and clones of running trials.

All trials of a study share their seed, and a batch and its noise are keyed by epoch and step.
So a clone, which takes over weights and the optimizer's state, equals to the last bit the trial
that is trained from its beginning with the values of its schedule segments. Copying is the
short way. The segments are the long way, taken after a break and on fresh seeds.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np

from shoal.engine.program import Program
from shoal.engine.specialize import Specialization, traced_values
from shoal.engine.trial import Start, TrialProgress
from shoal.nn import HostParams


def restore_opt_state(program: Program, placed: Sequence[TrialProgress]) -> None:
    """Give trials that were put into lanes what they go on from beside their weights.

    A memory of another optimizer is left aside: it begins afresh.
    """
    leaves, tree = jax.tree.flatten(program.learners.memory)
    whole: list[np.ndarray] | None = None
    for standing in placed:
        start = standing.trial.start
        if start is None:
            continue
        standing.epoch, standing.steps = start.epoch, (start.step,)
        shapes = [(leaf.shape[1:], leaf.dtype) for leaf in leaves]
        if [(array.shape, array.dtype) for array in start.memory] != shapes:
            continue
        whole = [np.array(leaf) for leaf in leaves] if whole is None else whole
        for leaf, array in zip(whole, start.memory, strict=True):
            leaf[standing.lanes[0]] = array
    if whole is not None:
        again = [jax.device_put(leaf, may_alias=False) for leaf in whole]  # they are donated
        memory = jax.tree.unflatten(tree, again)
        program.learners = program.learners._replace(memory=memory)


def final_state(program: Program, standing: TrialProgress, params: HostParams) -> Start:
    """What a trial of one lane could go on from, once its last epoch is over."""
    lane = standing.lanes[0]
    memory = tuple(np.array(leaf[lane]) for leaf in jax.tree.leaves(program.learners.memory))
    return Start(params, memory, standing.epoch, standing.steps[0])


def inherit(
    program: Program, clones: Sequence[TrialProgress], taken: Sequence[TrialProgress]
) -> None:
    """Give heirs that were put into lanes what those have whose weights they take.

    An heir whose parent is not there at the epoch in question stays at its beginning.

    Args:
        program: of the lanes.
        clones: just placed.
        taken: the trials that were in lanes before.
    """
    source = stay = np.arange(program.lanes, dtype=np.int32)
    for heir in clones:
        parent = _parent(heir, taken)
        if parent is not None:
            source = source.copy() if source is stay else source
            source[list(heir.lanes)] = parent.lanes
            heir.epoch, heir.steps = parent.epoch, parent.steps
    if source is not stay:
        program.learners = program.inherit(program.learners, source)


def _parent(heir: TrialProgress, taken: Sequence[TrialProgress]) -> TrialProgress | None:
    if not heir.trial.legs:
        return None
    last = heir.trial.legs[-1]
    for one in taken:
        same = one.trial.id == last.trial and one.members == heir.members
        if same and one.epoch == last.until:
            return one
    return None


def follow(
    program: Program, special: Specialization, standings: Sequence[TrialProgress | None]
) -> None:
    """Give lanes the values of their next epoch, where legs say what these are.

    Args:
        program: of the lanes.
        special: what it trains.
        standings: the trial in each lane, if it trains in the next epoch.
    """
    values = {
        lane: traced_values(special, one.trial.point_after(one.epoch))
        for lane, one in enumerate(standings)
        if one is not None and one.trial.legs
    }
    if not values:
        return
    before = {name: np.asarray(array) for name, array in program.settings.traced.items()}
    traced = {name: array.copy() for name, array in before.items()}
    for lane, own in values.items():
        for name, value in own.items():
            traced[name][lane] = value
    if all((traced[name] == array).all() for name, array in before.items()):
        return
    # `jnp.asarray` would compile; copies, because they are donated when lanes are filled.
    placed = {name: jax.device_put(v, may_alias=False) for name, v in traced.items()}
    program.settings = program.settings._replace(traced=placed)
