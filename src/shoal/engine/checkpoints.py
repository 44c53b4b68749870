"""Running trials as plain arrays: taken out of their lanes, and put back after a break.

The result of a trial depends on its weights, the state of its optimizer and its step, and on
nothing else. So a trial that goes on from a checkpoint, or from its beginning, has the result
of one that was never broken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from shoal.engine.early_stopping import Score
from shoal.engine.population import Population
from shoal.engine.trial import Trial, TrialProgress


@dataclass(frozen=True)
class LaneAssignment:
    """A trial's place before a break: its lanes, and the epochs that it had run there."""

    lanes: tuple[int, ...]
    trial: Trial
    epoch: int


@dataclass(frozen=True)
class TrialSnapshot:
    """A trial as it was in its lanes after some epoch.

    Attributes:
        trial: its number.
        epoch: epochs run.
        standing: what the host knew of it, as plain data.
        arrays: learners and best weights of its members, leaf by leaf.
    """

    trial: int
    epoch: int
    standing: dict[str, Any]
    arrays: tuple[np.ndarray, ...]


def take_snapshot(population: Population, trials: Iterable[int]) -> list[TrialSnapshot]:
    """Copies of these trials, between two epochs."""
    program = population.program
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves((program.learners, program.best))]
    wanted = set(trials)
    return [
        TrialSnapshot(
            s.trial.id, s.epoch, _to_json(s), tuple(leaf[list(s.lanes)] for leaf in leaves)
        )
        for s in population.taken
        if s.epoch > 0 and s.trial.id in wanted
    ]


def bytes_a_lane(population: Population) -> int:
    """What a copy of one lane takes."""
    program = population.program
    whole = sum(leaf.nbytes for leaf in jax.tree.leaves((program.learners, program.best)))
    return int(whole) // population.lanes


def restore_snapshots(
    population: Population, seats: Sequence[LaneAssignment], held: Mapping[int, TrialSnapshot]
) -> None:
    """Put trials back into their lanes of an empty population.

    They start from what was held of them, or else from their beginning; before
    any other trial trains, each catches up to the epoch that it had reached.
    """
    population.place([s.trial for s in seats], [lane for s in seats for lane in s.lanes])
    program = population.program
    leaves, tree = jax.tree.flatten((program.learners, program.best))
    whole = [np.array(leaf) for leaf in leaves]
    for place in seats:
        standing = population.standings[place.lanes[0]]
        assert standing is not None
        standing.reached = place.epoch
        found = held.get(place.trial.id)
        if found is None or found.epoch > place.epoch or not _fits(found, place, whole):
            continue
        for leaf, array in zip(whole, found.arrays, strict=True):
            leaf[list(place.lanes)] = array
        _take_up(standing, found)
    placed = [jax.device_put(leaf, may_alias=False) for leaf in whole]  # copied: they are donated
    program.learners, program.best = jax.tree.unflatten(tree, placed)


def _fits(held: TrialSnapshot, place: LaneAssignment, whole: Sequence[np.ndarray]) -> bool:
    """Whether it was held by a program like this one."""
    members = len(place.lanes)
    there = [(array.shape, array.dtype) for array in held.arrays]
    return there == [((members, *leaf.shape[1:]), leaf.dtype) for leaf in whole]


def _to_json(standing: TrialProgress) -> dict[str, Any]:
    return {
        "steps": standing.steps,
        "best": _score_to_json(standing.best),
        "best_epoch": standing.best_epoch,
        "best_metrics": standing.best_metrics,
        "best_members": standing.best_members,
        "mark": _score_to_json(standing.mark),
        "mark_epoch": standing.mark_epoch,
    }


def _score_to_json(score: Score | None) -> list[float] | None:
    return None if score is None else [score.objective, score.loss]


def _take_up(standing: TrialProgress, held: TrialSnapshot) -> None:
    told = held.standing
    standing.epoch, standing.steps = held.epoch, tuple(int(step) for step in told["steps"])
    standing.best, standing.mark = _score(told["best"]), _score(told["mark"])
    standing.best_epoch, standing.mark_epoch = int(told["best_epoch"]), int(told["mark_epoch"])
    standing.best_metrics = _metrics(told["best_metrics"])
    standing.best_members = tuple(_metrics(metrics) for metrics in told["best_members"])


def _score(told: Sequence[Any] | None) -> Score | None:
    """A score; JSON has no infinity, so that a file has its name instead."""
    return None if told is None else Score(*(float(value) for value in told))


def _metrics(told: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in told.items()}
