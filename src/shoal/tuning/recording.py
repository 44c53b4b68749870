"""A run's trials on their way into the study file."""

from __future__ import annotations

import time
from bisect import insort
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from shoal.engine import EpochDone, Lanes, ScheduleSegment, Trial, TrialDone
from shoal.errors import ShoalError
from shoal.models.parameters import flat_tensors, nested_params
from shoal.nn import HostParams
from shoal.samplers import State
from shoal.space import Point, Space
from shoal.store import Checkpoint, EpochRecord, Role, StudyFile, TrialRecord, rank_key

Lineage = list[dict[str, Any]]


def ancestry_after(parent: TrialRecord, epoch: int, space: Space) -> Lineage:
    """That of an heir which takes a trial's weights after some epoch.

    An entry says which trial was trained up to which epoch, and with what.
    """
    last = {"trial": parent.id, "epoch": epoch, "hyperparams": space.describe(parent.point),
            "point": dict(parent.point)}  # fmt: skip
    return [*parent.lineage, last]


def segments_of(record: TrialRecord) -> tuple[ScheduleSegment, ...]:
    """The epochs of a trial that are not its own."""
    return tuple(
        ScheduleSegment(one["trial"], one["epoch"], one["point"]) for one in record.lineage
    )


STATES = ("waiting", "running", "completed", "stopped", "diverged", "failed")

OPEN = ("waiting", "running")
"""States of trials that have not ended."""


class TrialRecorder:
    """Knows the trials that still matter, and which few have their weights kept.

    A search may have a hundred thousand trials: the ledger remembers those that
    have not ended, the best, and the confirmations; all others are in the file.

    Args:
        file: the study file.
        space: the study's space, to describe points.
        keep: number of best trials whose weights are kept.
    """

    def __init__(self, file: StudyFile, space: Space, keep: int) -> None:
        self._file, self.space, self.keep = file, space, keep
        self._unwritten: Callable[[], None] | None = None
        self.records: dict[int, TrialRecord] = {}
        self.weights: dict[int, HostParams] = {}
        self._best: list[tuple[float, float, int]] = []
        self._counts: Counter[str] = Counter()
        self._changed: set[int] = set()
        self._began = time.perf_counter()

    @property
    def file(self) -> StudyFile:
        """The study file, with all in it that was to be written."""
        self.flush()
        return self._file

    def flush(self) -> None:
        """Write the last round, if that is yet to be done."""
        write, self._unwritten = self._unwritten, None
        if write is not None:
            write()

    def read(self, records: Sequence[TrialRecord], seconds: float) -> None:
        """Go on with the trials that are in the file, ``seconds`` after the study began."""
        self._began = time.perf_counter() - seconds
        for record in records:
            self.records[record.id] = record
            if record.role == "search":
                self._counts[record.state] += 1
                self._rank(record)
        self._forget([record.id for record in records])
        for number in self.records:
            tensors = self.file.weights(number)
            if tensors is not None:
                self.weights[number] = nested_params(tensors)

    @property
    def seconds(self) -> float:
        """Seconds since the study began, breaks not counted."""
        return time.perf_counter() - self._began

    def new(
        self,
        number: int,
        point: Point,
        seed: int,
        role: Role = "search",
        parent: int | None = None,
        lineage: Sequence[dict[str, Any]] = (),
        fold: int | None = None,
    ) -> TrialRecord:
        """A record of a trial that waits; ``fold`` is that of a network of an ensemble."""
        record = TrialRecord(
            id=number, state="waiting", hyperparams=self.space.describe(point), point=dict(point),
            seed=seed, role=role, parent=parent, lineage=list(lineage),
            members=[] if fold is None else [{"seed": seed, "fold": fold, "metrics": {}}],
        )  # fmt: skip
        self.records[number] = record
        if role == "search":
            self._counts["waiting"] += 1
        return record

    def add(self, records: Sequence[TrialRecord], sampler: State | None = None) -> None:
        """Write new trials."""
        self.file.write_round(
            epochs=(), trials=(), weights={}, drop_weights=(), sampler_state=sampler, add=records
        )
        self._forget([record.id for record in records])

    def failed(self, number: int, error: ShoalError) -> TrialRecord:
        """The record of a trial whose network cannot be built."""
        record = replace(
            self.records[number], state="failed", message=str(error), ended=self.seconds
        )
        self._change(record)
        self._changed.discard(number)  # it is yet to be added
        return record

    def write_round(
        self,
        running: Sequence[Trial],
        epochs: Sequence[EpochDone],
        ended: Sequence[TrialDone],
        sampler: State | None,
        run: dict[str, Any] | None = None,
        born: Sequence[TrialRecord] = (),
    ) -> None:
        """Write what a round did, in one transaction: now, or with the next `flush`.

        So a round is written while the device works on the next. Whatever else is
        written comes after it.

        Args:
            running: the trials that are in lanes now.
            epochs: epochs that were trained.
            ended: trials that left their lanes.
            sampler: its state.
            run: where the run stands. Without it, trials that ended were cut
                short: what is needed to go on with them stays.
            born: new trials, that go on with the weights of running ones.
        """
        now = self.seconds
        self.note_started(running)
        for done in ended:
            self._ended(done, now)
        kept, dropped = self._keep_best(ended)
        self._unwritten = partial(
            self.file.write_round,
            epochs=[EpochRecord(e.trial.id, e.epoch, e.train_loss, e.metrics, now) for e in epochs],
            trials=[self.records[number] for number in sorted(self._changed)],
            weights={number: flat_tensors(self.weights[number]) for number in kept},
            drop_weights=dropped,
            sampler_state=sampler,
            add=born,
            run=run,
            drop_checkpoints=[done.trial.id for done in ended] if run is not None else (),
        )
        self._forget(sorted(self._changed))
        self._changed.clear()

    def note_started(self, trials: Sequence[Trial]) -> None:
        """Mark trials as running from now on; written with the next round."""
        now = self.seconds
        for trial in trials:
            record = self.records[trial.id]
            if record.state == "waiting":
                count = trial.network.parameter_count()
                self._change(replace(record, state="running", started=now, parameters=count))

    def _change(self, record: TrialRecord) -> None:
        if record.role == "search":
            self._counts[self.records[record.id].state] -= 1
            self._counts[record.state] += 1
        self.records[record.id] = record
        self._changed.add(record.id)

    def _ended(self, done: TrialDone, now: float) -> None:
        before = self.records[done.trial.id]
        judged = before.role != "refit"  # it has trained on what would judge it
        record = replace(
            before,
            state=done.end,
            objective=done.objective if done.end != "diverged" and judged else None,
            metrics=done.metrics if judged else {},
            members=_members(done) or before.members,
            best_epoch=done.best_epoch or None,
            epochs=done.epochs,
            first_bad_step=done.first_bad_step,
            ended=now,
        )
        self._change(record)
        self._rank(record)

    def _rank(self, record: TrialRecord) -> None:
        """Enter a trial of the search that has an objective among the best, if it is."""
        if record.role == "search" and record.objective is not None:
            insort(self._best, rank_key(record))
            del self._best[self.keep :]

    def _forget(self, numbers: Sequence[int]) -> None:
        """Remember no trial of the search that has ended and is not among the best."""
        best = {number for *_, number in self._best}
        for number in numbers:
            record = self.records[number]
            if record.role == "search" and record.state not in OPEN and number not in best:
                del self.records[number]

    def _keep_best(self, ended: Sequence[TrialDone]) -> tuple[list[int], list[int]]:
        """Fetch the weights that are needed from now on; who came, who went.

        A refit's are the winner's. Those of confirmations are kept until the winner
        is known: what it does on the test split with each fresh seed is part of its
        result.
        """
        before = set(self.weights)
        best = {number for *_, number in self._best}
        for done in ended:
            again = self.records[done.trial.id].role != "search"
            if done.trial.id in best or (again and done.objective is not None):
                self.weights[done.trial.id] = done.weights()
        for number in before - best:
            if number not in self.records or self.records[number].role == "search":
                del self.weights[number]
        came = [number for number in self.weights if number not in before]
        return came, sorted(before - set(self.weights))

    def ranking(self) -> list[TrialRecord]:
        """The search's best ended trials, as many as are kept; ties go to the lower loss."""
        return [self.records[number] for *_, number in self._best]

    def confirmations(self) -> list[int]:
        """Confirmations of which the weights are there."""
        return [number for number in self.weights if self.records[number].role == "confirm"]

    def of_role(self, role: Role) -> list[TrialRecord]:
        """The trials of a role that the ledger remembers, in the order of their numbers."""
        return [record for _, record in sorted(self.records.items()) if record.role == role]

    @property
    def proposed(self) -> int:
        """Number of the search's trials so far."""
        return self._counts.total()

    def counts(self) -> dict[str, int]:
        """Number of the search's trials by state."""
        return {state: self._counts[state] for state in STATES}

    def put_back(self) -> None:
        """Trials that were running wait again, for a run that goes on."""
        for record in list(self.records.values()):
            if record.state == "running":
                self._change(replace(record, state="waiting"))
        back = [self.records[number] for number in sorted(self._changed)]
        self._changed.clear()
        self.file.write_round(
            epochs=(), trials=back, weights={}, drop_weights=(), sampler_state=None
        )


def _members(done: TrialDone) -> list[dict[str, Any]]:
    """What each member of a trial came to; nothing where it has but one, of no fold."""
    if done.trial.size == 1 and done.trial.members[0].fold is None:
        return []
    return [
        {"seed": member.seed, "fold": member.fold, "metrics": metrics}
        for member, metrics in zip(done.trial.members, done.members, strict=False)
    ]


SECONDS = 60.0
"""Between two checkpoints: about what a kill can cost."""

SHARE = 0.02
"""Of the time, at most, that checkpoints take: where they take long they are rarer."""

MOST_BYTES = 2**30
"""Of a checkpoint; where running trials take more, they start again after a break."""


class Checkpoints:
    """Copies running trials into the study file, now and then.

    A checkpoint replaces the one before in one transaction, after the round that
    it belongs to was written. Trials that began shortly before are left out:
    training them again costs less.

    Args:
        ledger: the study's records.
        lanes: where the trials are.
        seconds: between two checkpoints, at least; 0: one after every round.
    """

    def __init__(self, ledger: TrialRecorder, lanes: Lanes, seconds: float) -> None:
        self.ledger, self.lanes, self.seconds = ledger, lanes, seconds
        self._pause = seconds
        self._last = time.perf_counter()

    def write_if_due(self) -> None:
        """After a round: write one if the last is long enough ago."""
        if time.perf_counter() - self._last >= self._pause:
            self.write(at_least=self.seconds / 2)

    def write(self, at_least: float = 0.0) -> None:
        """Write one, of the trials that have been running for so many seconds."""
        began = time.perf_counter()
        now, records = self.ledger.seconds, self.ledger.records
        worth = [
            trial.id
            for trial in self.lanes.running
            if now - (records[trial.id].started or 0.0) >= at_least
        ]
        # Trials that are still catching up are best held by the checkpoint that there is.
        if worth and not self.lanes.behind and self.lanes.snapshot_bytes() <= MOST_BYTES:
            held = self.lanes.hold(worth)
            self.ledger.file.write_checkpoints(
                Checkpoint(h.trial, h.epoch, h.standing, h.arrays) for h in held
            )
        self._last = time.perf_counter()
        self._pause = self.seconds and max(self.seconds, (self._last - began) / SHARE)
