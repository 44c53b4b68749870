"""Trials that take others' weights while they run: what a breeding sampler asks for is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shoal.samplers import Breeder, Reached
from shoal.store import TrialRecord
from shoal.training import EpochDone, Trial, TrialDone
from shoal.wiring.lineage import lineage_after

if TYPE_CHECKING:
    from shoal.wiring.run import Run


def reached(run: Run, epochs: Sequence[EpochDone], ended: Sequence[TrialDone]) -> list[Reached]:
    """Where the search's trials are that ran an epoch in this round and go on."""
    gone = {done.trial.id for done in ended}
    goal = run.lanes.objective
    return [
        Reached(
            done.trial.id, done.epoch, int(done.trial.recipe.epochs), done.best,  # type: ignore[arg-type]  # bound
            goal.value(done.metrics), done.metrics["loss"], done.trial.point,
        )
        for done in epochs
        if done.trial.id not in gone and run.ledger.records[done.trial.id].role == "search"
    ]  # fmt: skip


def breed(
    run: Run, sampler: Breeder, epochs: Sequence[EpochDone], ended: Sequence[TrialDone]
) -> tuple[list[TrialDone], list[tuple[TrialRecord, Trial | None]]]:
    """Who is replaced after this round, and the heirs, yet to be written and to get lanes.

    They belong in the transaction of the round: a study never has a trial that was
    replaced without its heir.
    """
    now = reached(run, epochs, ended)
    room = run.asked - run.ledger.proposed
    heirs, run.state = sampler.breed(run.space, run.state, now, room)
    at = {one.number: one.epoch for one in now}
    made = []
    for heir in heirs:
        parent = run.ledger.records[heir.parent]
        lineage = lineage_after(parent, at[heir.parent], run.space)
        made.append(run.make(heir.point, run.seed, "search", heir.parent, lineage))
    return run.lanes.stop([h.replaces for h in heirs if h.replaces is not None]), made
