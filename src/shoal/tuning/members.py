"""The seeds and folds of a trial, and trials that take others' weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shoal.engine import EpochDone, Member, Trial, TrialDone
from shoal.samplers import PopulationSampler, RunningTrial
from shoal.store import Role, TrialRecord
from shoal.tuning.recording import ancestry_after

if TYPE_CHECKING:
    from shoal.tuning.search_loop import SearchLoop


@dataclass(frozen=True)
class Members:
    """What makes a trial several lanes.

    Attributes:
        repeats: seeds of a trial of the search.
        folds: of cross-validation; 0: none.
    """

    repeats: int = 1
    folds: int = 0

    @property
    def each(self) -> int:
        """Lanes that a trial of the search takes."""
        return self.repeats * max(self.folds, 1)

    def of(self, role: Role, seed: int, fold: int | None = None) -> tuple[Member, ...]:
        """The members of a trial, of which ``fold`` is that of a network of an ensemble.

        Trials of the search have the study's seed and, if they are repeated, others
        that all of them share. A confirmation is trained with one fresh seed; a
        refit on the rows of all folds; a network of an ensemble on all but its fold.
        """
        if role == "refit" or fold is not None:
            return (Member(seed, fold),)
        seeds = [seed, *_others(seed, self.repeats - 1)] if role == "search" else [seed]
        folds = range(self.folds) if self.folds else [None]
        return tuple(Member(s, fold) for s in seeds for fold in folds)


def _others(seed: int, count: int) -> list[int]:
    return [int(s) for s in np.random.SeedSequence([seed, 0x5EED]).generate_state(count)]


def running_trials(
    run: SearchLoop, epochs: Sequence[EpochDone], ended: Sequence[TrialDone]
) -> list[RunningTrial]:
    """Where the search's trials are that ran an epoch in this round and go on."""
    gone = {done.trial.id for done in ended}
    goal = run.lanes.objective
    return [
        RunningTrial(
            done.trial.id, done.epoch, int(done.trial.recipe.epochs), done.best,  # type: ignore[arg-type]  # bound
            goal.value(done.metrics), done.metrics["loss"], done.trial.point,
        )
        for done in epochs
        if done.trial.id not in gone and run.ledger.records[done.trial.id].role == "search"
    ]  # fmt: skip


def exploit_trials(
    run: SearchLoop,
    sampler: PopulationSampler,
    epochs: Sequence[EpochDone],
    ended: Sequence[TrialDone],
) -> tuple[list[TrialDone], list[tuple[TrialRecord, Trial | None]]]:
    """Who is replaced after this round, and the heirs, yet to be written and to get lanes.

    They belong in the transaction of the round: a study never has a trial that was
    replaced without its heir.
    """
    now = running_trials(run, epochs, ended)
    room = run.asked - run.ledger.proposed
    clones, run.state = sampler.exploit(run.space, run.state, now, room)
    at = {one.number: one.epoch for one in now}
    made = []
    for heir in clones:
        parent = run.ledger.records[heir.parent]
        lineage = ancestry_after(parent, at[heir.parent], run.space)
        made.append(run.make(heir.point, run.seed, "search", heir.parent, lineage))
    return run.lanes.stop([h.replaces for h in clones if h.replaces is not None]), made
