"""Trials that go on from where an earlier training left them, its optimizer's memory included."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np

from shoal.network import HostParams
from shoal.training.program import Program
from shoal.training.trial import Standing, Start


def go_on(program: Program, placed: Sequence[Standing]) -> None:
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


def reached(program: Program, standing: Standing, params: HostParams) -> Start:
    """What a trial of one lane could go on from, once its last epoch is over."""
    lane = standing.lanes[0]
    memory = tuple(np.array(leaf[lane]) for leaf in jax.tree.leaves(program.learners.memory))
    return Start(params, memory, standing.epoch, standing.steps[0])
