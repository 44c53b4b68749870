"""The ledger: a run's trials on their way into the study file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from shoal.errors import ShoalError
from shoal.model import flat_tensors
from shoal.network import HostParams
from shoal.samplers import State
from shoal.space import Point, Space
from shoal.store import EpochRecord, Role, StudyFile, TrialRecord
from shoal.training import EpochDone, Trial, TrialDone


class Ledger:
    """Knows every trial's record, and which few have their weights kept.

    Args:
        file: the study file.
        space: the study's space, to describe points.
        keep: number of best trials whose weights are kept.
    """

    def __init__(self, file: StudyFile, space: Space, keep: int) -> None:
        self.file, self.space, self.keep = file, space, keep
        self.records: dict[int, TrialRecord] = {}
        self.weights: dict[int, HostParams] = {}
        self._changed: set[int] = set()
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the study began."""
        return time.perf_counter() - self._began

    def new(
        self, number: int, point: Point, seed: int, role: Role = "search", parent: int | None = None
    ) -> TrialRecord:
        """A record of a trial that waits."""
        record = TrialRecord(
            id=number, state="waiting", hyperparams=self.space.describe(point), point=dict(point),
            seed=seed, role=role, parent=parent,
        )  # fmt: skip
        self.records[number] = record
        return record

    def add(self, records: Sequence[TrialRecord], sampler: State | None = None) -> None:
        """Write new trials."""
        self.file.write_round(
            epochs=(), trials=(), weights={}, drop_weights=(), sampler_state=sampler, add=records
        )

    def failed(self, number: int, error: ShoalError) -> TrialRecord:
        """The record of a trial whose network cannot be built."""
        record = replace(
            self.records[number], state="failed", message=str(error), ended=self.seconds
        )
        self.records[number] = record
        return record

    def write_round(
        self,
        running: Sequence[Trial],
        epochs: Sequence[EpochDone],
        ended: Sequence[TrialDone],
        sampler: State | None,
    ) -> None:
        """Write what a round did, in one transaction."""
        now = self.seconds
        self.note_started(running)
        for done in ended:
            self._ended(done, now)
        kept, dropped = self._keep_best(ended)
        self.file.write_round(
            epochs=[EpochRecord(e.trial.id, e.epoch, e.train_loss, e.metrics, now) for e in epochs],
            trials=[self.records[number] for number in sorted(self._changed)],
            weights={number: flat_tensors(self.weights[number]) for number in kept},
            drop_weights=dropped,
            sampler_state=sampler,
        )
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
        self.records[record.id] = record
        self._changed.add(record.id)

    def _ended(self, done: TrialDone, now: float) -> None:
        record = replace(
            self.records[done.trial.id],
            state=done.end,
            objective=done.objective if done.end != "diverged" else None,
            metrics=done.metrics,
            best_epoch=done.best_epoch or None,
            epochs=done.epochs,
            first_bad_step=done.first_bad_step,
            ended=now,
        )
        self._change(record)

    def _keep_best(self, ended: Sequence[TrialDone]) -> tuple[list[int], list[int]]:
        """Fetch the weights of trials that are among the best now; who came, who went."""
        before = set(self.weights)
        best = {record.id for record in self.ranking()[: self.keep]}
        for done in ended:
            confirmation = self.records[done.trial.id].role == "confirm"
            if done.trial.id in best or (confirmation and done.objective is not None):
                self.weights[done.trial.id] = done.weights()
        for number in before - best:
            if self.records[number].role == "search":
                del self.weights[number]
        came = [n for n in self.weights if n not in before and self.records[n].role == "search"]
        return came, sorted(before - set(self.weights))

    def ranking(self) -> list[TrialRecord]:
        """The search's ended trials with an objective, best first; ties go to the lower loss."""
        ended = [
            record
            for record in self.records.values()
            if record.role == "search" and record.objective is not None
        ]
        return sorted(ended, key=lambda record: (*standing(record), record.id))

    def counts(self) -> dict[str, int]:
        """Number of the search's trials by state."""
        states = dict.fromkeys(
            ("waiting", "running", "completed", "stopped", "diverged", "failed"), 0
        )
        for record in self.records.values():
            if record.role == "search":
                states[record.state] += 1
        return states

    def put_back(self) -> None:
        """Trials that were running wait again: what they did since is lost."""
        back = [
            replace(record, state="waiting", started=None)
            for record in self.records.values()
            if record.state == "running"
        ]
        self.records.update({record.id: record for record in back})
        self._changed.clear()
        self.file.write_round(
            epochs=(), trials=back, weights={}, drop_weights=(), sampler_state=None
        )


def standing(record: TrialRecord) -> tuple[float, float]:
    """A trial's objective and loss: what it is ranked by, less is better."""
    assert record.objective is not None
    return record.objective, record.metrics.get("loss", float("inf"))
