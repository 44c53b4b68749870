"""Trials on their way: taken out of their lanes as plain arrays, and put back after a break.

What a trial will come to depends on its weights, its optimizer's memory and how
far it is, and on nothing else. So a trial that goes on from a checkpoint, or
from its beginning, comes to the same as one that was never broken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from shoal.training.early_stopping import Score
from shoal.training.population import Population
from shoal.training.trial import Standing, Trial


@dataclass(frozen=True)
class Seat:
    """A trial's place before a break: its lane, and the epochs that it had run there."""

    lane: int
    trial: Trial
    epoch: int


@dataclass(frozen=True)
class Held:
    """A trial as it was in its lane after some epoch.

    Attributes:
        trial: its number.
        epoch: epochs run.
        standing: what the host knew of it, as plain data.
        arrays: learner and best weights, leaf by leaf.
    """

    trial: int
    epoch: int
    standing: dict[str, Any]
    arrays: tuple[np.ndarray, ...]


def hold(population: Population, trials: Iterable[int]) -> list[Held]:
    """Copies of these trials, between two epochs."""
    program = population.program
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves((program.learners, program.best))]
    wanted = set(trials)
    return [
        Held(s.trial.id, s.epoch, _to_json(s), tuple(leaf[at].copy() for leaf in leaves))
        for at, s in enumerate(population.standings)
        if s is not None and s.epoch > 0 and s.trial.id in wanted
    ]


def bytes_a_lane(population: Population) -> int:
    """What a copy of one trial takes."""
    program = population.program
    whole = sum(leaf.nbytes for leaf in jax.tree.leaves((program.learners, program.best)))
    return int(whole) // population.lanes


def seat(population: Population, seats: Sequence[Seat], held: Mapping[int, Held]) -> None:
    """Put trials back into their lanes of an empty population.

    They start from what was held of them, or else from their beginning; before
    any other trial trains, each catches up to the epoch that it had reached.
    """
    population.place([s.trial for s in seats], [s.lane for s in seats])
    program = population.program
    leaves, tree = jax.tree.flatten((program.learners, program.best))
    whole = [np.array(leaf) for leaf in leaves]
    for place in seats:
        standing = population.standings[place.lane]
        assert standing is not None
        standing.reached = place.epoch
        found = held.get(place.trial.id)
        if found is None or found.epoch > place.epoch or not _fits(found, whole):
            continue
        for leaf, array in zip(whole, found.arrays, strict=True):
            leaf[place.lane] = array
        _take_up(standing, found)
    placed = [jax.device_put(leaf, may_alias=False) for leaf in whole]  # copied: they are donated
    program.learners, program.best = jax.tree.unflatten(tree, placed)


def _fits(held: Held, whole: Sequence[np.ndarray]) -> bool:
    """Whether it was held by a program like this one."""
    there = [(array.shape, array.dtype) for array in held.arrays]
    return there == [(leaf.shape[1:], leaf.dtype) for leaf in whole]


def _to_json(standing: Standing) -> dict[str, Any]:
    best = standing.best
    return {
        "step": standing.step,
        "best": None if best is None else [best.objective, best.loss],
        "best_epoch": standing.best_epoch,
        "best_metrics": standing.best_metrics,
    }


def _take_up(standing: Standing, held: Held) -> None:
    told = held.standing
    standing.epoch, standing.step = held.epoch, int(told["step"])
    if told["best"] is not None:
        standing.best = Score(*(float(value) for value in told["best"]))
    standing.best_epoch = int(told["best_epoch"])
    standing.best_metrics = {name: float(v) for name, v in told["best_metrics"].items()}
