"""The loop of a search: ask, fill lanes, train a round, write, tell."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from shoal.engine import EpochDone, Lanes, Trial, TrialDone
from shoal.errors import NetworkError, RecipeError
from shoal.samplers import (
    FirstPoint,
    PopulationSampler,
    Pruner,
    Sampler,
    State,
    TrialResult,
    first_points,
)
from shoal.space import Point, Space
from shoal.store import Role, TrialRecord
from shoal.tuning.limits import FOLLOWING_SHARE, OPEN, Interrupt, TimeLimit
from shoal.tuning.members import Members, exploit_trials, running_trials
from shoal.tuning.progress import Phase, Progress, Watch
from shoal.tuning.recording import Checkpoints, TrialRecorder, segments_of
from shoal.tuning.round_loop import RoundLoop

AHEAD = 1000
"""Trials that wait at most, where points do not depend on results."""

ATTEMPTS = 8
"""Trials that are begun one after another, time or no time, until one has a finite loss."""


class SearchLoop(RoundLoop):
    """Trains trials until none is left, and keeps the study and the watcher informed.

    Args:
        lanes: where trials are trained.
        ledger: the study's records.
        sampler: where points come from.
        first: the points that come before the sampler's.
        space: the search space.
        seed: the study's seed: every trial's own, so that trials share initial
            weights, batch order and noise as far as they can.
        asked: number of trials of the search.
        watch: who is told of progress.
        interrupt: whether someone asked to stop.
        width: points of an adaptive sampler in flight before lanes are counted.
        checkpoint: seconds between two checkpoints of running trials.
        members: what makes a trial several lanes.
        began: when the caller began, by the performance counter.
        limit: how long it may take.
    """

    def __init__(
        self,
        lanes: Lanes,
        ledger: TrialRecorder,
        sampler: Sampler,
        first: Sequence[FirstPoint],
        space: Space,
        seed: int,
        asked: int,
        watch: Watch,
        interrupt: Interrupt,
        width: int,
        checkpoint: float,
        members: Members,
        began: float,
        limit: TimeLimit,
    ) -> None:
        super().__init__(lanes, watch, interrupt, began)
        self.ledger = ledger
        self.sampler, self.first = sampler, first
        # Asked once: a protocol takes longer to recognize than a small round to train.
        self._pruner = sampler if isinstance(sampler, Pruner) else None
        self._population_sampler = sampler if isinstance(sampler, PopulationSampler) else None
        self.space, self.seed, self.asked = space, seed, asked
        self.width, self.members, self.limit = width, members, limit
        self.state: State = sampler.start(space, seed)
        self.checkpoints = Checkpoints(ledger, lanes, checkpoint)
        self.numbers = 0
        """The next trial's number."""
        self._unfinished: dict[int, float] = {}
        """The best objective so far of the search's running trials; less is better."""
        self._ended, self._epochs_ended, self._most, self._longest = 0, 0, 0, 0
        self.to_follow, self.follow_by = 0, 1
        """Trainings after those asked for, part of the time that is left, and how many of
        them are of use only together."""
        self.time_up = False
        self.folds_cut_short = False
        """Whether networks of an ensemble were ended before their time."""
        self.searched = False
        """Whether no more is asked for, because the search had ended before a break."""

    # --- asking ----------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for as many points as can be of use now, and let them wait."""
        while (count := self._room(len(self.lanes.running), self.lanes.waiting)) > 0:
            points, self.state = first_points.ask(
                self.first, self.sampler, self.space, self.state, self.ledger.proposed, count
            )
            if not points:  # a finite space has no more
                return
            self.submit([(point, self.seed) for point in points], "search")

    def _room(self, running: int, waiting: int) -> int:
        """Number of points that can be of use where so many trials run and wait."""
        if self.searched:
            return 0
        left = self.asked - self.ledger.proposed
        in_flight = running + waiting
        if self._population_sampler is not None:
            # A population begins when the last has ended; what is left is for its heirs.
            return 0 if in_flight else min(left, self._population_sampler.together(self.asked))
        if self.sampler.adaptive or self.limit.is_set:
            # As many in flight as there are lanes: what is known when it is asked counts.
            at_once = max((self.lanes.size or self.width) // self.members.each, 1)
            room = min(left, at_once - in_flight)
            return self._in_time(room, in_flight) if self.limit.is_set else room
        room = AHEAD - waiting
        return min(left, room) if room >= AHEAD / 2 else 0

    def _in_time(self, room: int, in_flight: int) -> int:
        """How many of these trials can end in time; the first one tells how fast it goes."""
        if self.limit.pace is None:
            return min(room, 1 - in_flight)
        each, running = self.expected_epochs(), self.lanes.progress()
        under_way = sum(max(each - done, 0.25 * (most - done)) for done, most in running)
        under_way += each * self.lanes.waiting
        time = self.limit.left - self._kept() - self.limit.seconds_for(under_way)
        affordable = int(time / max(self.limit.seconds_for(each), 1e-9))
        nothing = not (in_flight or self.ledger.ranking()) and self.ledger.proposed < ATTEMPTS
        return min(room, max(affordable, int(nothing)))

    def _kept(self) -> float:
        """Seconds that are kept for what is trained after the search."""
        if self.ledger.of_role("fold") or not self.to_follow:
            return 0.0
        unit = self.follow_by * self.expected_epochs()
        units = self.limit.fitting(self.to_follow // self.follow_by, unit, FOLLOWING_SHARE)
        return self.limit.seconds_for(units * unit)

    @property
    def _turn_is_settled(self) -> bool:
        """Whether nothing will be asked for before the present program has had its turn.

        The fewer trials are left to it, the more room there is; so it is enough to look at
        its end, where those of the other programs are all that is left.
        """
        if self._population_sampler is not None or self.limit.is_set:
            return False
        return self._room(0, self.lanes.waiting_elsewhere) <= 0

    def submit(
        self,
        points: Sequence[tuple[Point, int]],
        role: Role,
        parents: Sequence[int] | None = None,
        folds: Sequence[int] | None = None,
    ) -> None:
        """Make trials of points and seeds; those that cannot be built have failed.

        What repeats a parent follows the schedule of the parent's lineage. Networks of an
        ensemble have a fold each.

        The trials and the sampler that proposed them, told of failures, are
        written in one transaction: a study never has the one without the other.
        """
        made: list[tuple[TrialRecord, Trial | None]] = []
        for i, (point, seed) in enumerate(points):
            parent = parents[i] if parents else None
            lineage = () if parent is None else self.ledger.records[parent].lineage
            fold = folds[i] if folds else None
            made.append(self.make(point, seed, role, parent, lineage, fold))
        if role == "search":
            self._tell_failed(made)
        self.ledger.add([record for record, _ in made], self.state)
        for _, trial in made:
            if trial is not None:
                self.lanes.submit(trial)

    def make(
        self,
        point: Point,
        seed: int,
        role: Role,
        parent: int | None,
        lineage: Sequence[dict[str, Any]],
        fold: int | None = None,
    ) -> tuple[TrialRecord, Trial | None]:
        """A new trial's record, yet to be written, and the trial unless it cannot be built."""
        record = self.ledger.new(self.numbers, point, seed, role, parent, lineage, fold)
        self.numbers += 1
        try:
            return record, self.trial_of(record)
        except (NetworkError, RecipeError) as error:
            return self.ledger.failed(record.id, error), None

    def _tell_failed(self, made: Sequence[tuple[TrialRecord, Trial | None]]) -> None:
        failed = [TrialResult(r.id, r.point, None) for r, trial in made if trial is None]
        self.state = self.sampler.tell(self.space, self.state, failed)

    def trial_of(self, record: TrialRecord) -> Trial:
        """What is trained of a record.

        Raises:
            NetworkError, RecipeError: its network cannot be built.
        """
        until = None
        if record.role == "refit" and record.parent is not None:
            until = self.ledger.records[record.parent].best_epoch
        fold = record.members[0]["fold"] if record.role == "fold" else None
        members = self.members.of(record.role, record.seed, fold)
        return self.lanes.trial(
            record.id, record.point, record.seed, members, until, segments_of(record)
        )

    # --- training --------------------------------------------------------------------

    def search(self) -> None:
        """Train until the number of trials asked for has ended, or someone asks to stop."""
        self.until_empty("training", self.ask)

    def train_out(self, phase: Phase) -> None:
        """Train what waits, asking for nothing more."""
        self.until_empty(phase)

    def cut_short(self, phase: Phase) -> bool:
        """Whether the time is up: then what runs has been ended."""
        if not self._time_is_up(phase):
            return False
        self._cut(phase)
        return True

    def _time_is_up(self, phase: Phase) -> bool:
        """Whether what runs has to be ended now; some trial has to have a score first."""
        going = self.lanes.waiting or self.lanes.running
        if not (self.limit.is_set and going and (self.ledger.ranking() or self._unfinished)):
            return False
        return self.limit.is_up(self._kept() if phase == "training" else 0.0)

    def _cut(self, phase: Phase) -> None:
        """End what runs, as it is at its best epoch; what has none waits for another sitting."""
        ended = self.lanes.release()
        self.lanes.clear()
        of_folds = any(self.ledger.records[done.trial.id].role == "fold" for done in ended)
        self._take(ended)
        self.ledger.write_round((), (), ended, self.state, self.where())
        self.ledger.put_back()
        self.time_up = True
        self.folds_cut_short = self.folds_cut_short or of_folds or phase == "folding"

    def note_running(self) -> None:
        """Mark trials as running; written with the round."""
        self.ledger.note_started(self.lanes.running)

    def while_device_works(self) -> None:
        """Write the last round, and compile what comes next."""
        self.ledger.flush()
        if self._turn_is_settled:
            self.lanes.compile_next()

    def note_pace(self, seconds: float, epochs: int) -> None:
        """Take note of it for the cost and for the time limit."""
        super().note_pace(seconds, epochs)
        self.limit.note(seconds, epochs)

    def after_round(self, epochs: Sequence[EpochDone], ended: list[TrialDone], busy: int) -> None:
        """Tell the sampler, write the round, and let those go on whom it wants to go on."""
        for done in epochs:
            if self.ledger.records[done.trial.id].role == "search" and isfinite(done.best):
                self._unfinished[done.trial.id] = done.best
        ended = ended + self._pruned(epochs, ended)
        self._take(ended)
        replaced, born = self._bred(epochs, ended)
        self.ledger.write_round(
            self.lanes.running, epochs, ended + replaced, self.state, self.where(),
            [record for record, _ in born],
        )  # fmt: skip
        self.lanes.submit_heirs([trial for _, trial in born if trial is not None])
        self.checkpoints.write_if_due()
        self.cost.round(self.ledger.seconds, busy)

    def _pruned(self, epochs: Sequence[EpochDone], ended: Sequence[TrialDone]) -> list[TrialDone]:
        """The trials that a sampler ends before their time, after this round."""
        if self._pruner is None:
            return []
        now = running_trials(self, epochs, ended)
        stop, self.state = self._pruner.prune(self.space, self.state, now)
        return self.lanes.stop(stop)

    def _bred(
        self, epochs: Sequence[EpochDone], ended: Sequence[TrialDone]
    ) -> tuple[list[TrialDone], list[tuple[TrialRecord, Trial | None]]]:
        """The trials that heirs replace after this round, and these; the sampler is told."""
        if self._population_sampler is None:
            return [], []
        replaced, born = exploit_trials(self, self._population_sampler, epochs, ended)
        self._take(replaced)
        self._tell_failed(born)
        return replaced, born

    def _take(self, ended: Sequence[TrialDone]) -> None:
        results = [
            TrialResult(
                done.trial.id, done.trial.point, done.objective if done.end != "diverged" else None
            )
            for done in ended
            if self.ledger.records[done.trial.id].role == "search"
        ]
        for done in ended:
            self._unfinished.pop(done.trial.id, None)
        self._ended += len(ended)
        self._epochs_ended += sum(done.epochs - done.trial.born for done in ended)
        self.state = self.sampler.tell(self.space, self.state, results)

    def break_off(self) -> None:
        """After an interrupt: write what is needed to go on.

        Where no trial has ended, what running ones have reached is kept as well.
        """
        self.checkpoints.write()
        if not (self.ledger.ranking() or self.lanes.behind):
            self.ledger.write_round((), (), self.lanes.release(), self.state)
        self.ledger.put_back()

    def where(self) -> dict[str, Any]:
        """Where the run stands between two rounds, as plain data."""
        return {"lanes": self.lanes.state(), "cost": self.cost.state(),
                "seconds": self.ledger.seconds}  # fmt: skip

    # --- telling -----------------------------------------------------------------------

    def report(self, phase: Phase) -> None:
        """Tell the watcher where the run stands."""
        if self.interrupt.requested and phase in ("training", "confirming", "folding"):
            phase = "stopping"
        best, number = self._best()
        running = self.lanes.progress()
        self.watch(
            Progress(
                phase=phase,
                asked=0 if self.asked >= OPEN else self.asked,
                states=self.ledger.counts(),
                begun=sum(done / total for done, total in running) if phase == "training" else 0.0,
                lanes=self.lanes.size,
                busy=self.lanes.busy,
                occupancy=self.lanes.use.occupancy,
                epochs=self.cost.epochs,
                elapsed=self.ledger.seconds,
                remaining=self._remaining(),
                time_limit=self.limit.seconds,
                metric=self.lanes.objective.metric,
                best=best,
                best_trial=number,
                best_unfinished=number in self._unfinished,
                epoch=self.latest_epoch,
                most_epochs=self._most_epochs(running),
                compilations=self.lanes.log.count,
            )
        )

    def _best(self) -> tuple[float, int] | tuple[None, None]:
        """The best value of the metric so far and whose it is, running trials included."""
        ranked = self.ledger.ranking()[:1]
        candidates = [(r.objective, r.id) for r in ranked if r.objective is not None]
        candidates += [(best, number) for number, best in self._unfinished.items()]
        if not candidates:
            return None, None
        best, number = min(candidates)
        return self.lanes.objective.metric_value(best), number

    def _most_epochs(self, running: Sequence[tuple[int, int]]) -> int:
        """Epochs of a single network at most, as long as it is in its lane and after."""
        if self.asked == 1 and running:
            self._most = running[0][1]
        return self._most

    def _remaining(self) -> float | None:
        """Seconds left: epochs that trials will likely take, at the pace so far."""
        if self.cost.epochs == 0 or self.cost.training == 0:
            return None
        to_come = max(self.asked - self.ledger.proposed, 0) + self.to_follow
        open_trials = self.lanes.waiting + to_come
        running = self.lanes.progress()
        left = open_trials * self.expected_epochs()
        left += sum(max(total - done, 0) for done, total in running)
        seconds = left * self.cost.training / self.cost.epochs
        return max(min(seconds, self.limit.left), 0.0)

    def expected_epochs(self) -> float:
        """Epochs that a trial takes: as those that have ended did, or else at most."""
        if self._ended >= 4:
            return self._epochs_ended / self._ended
        running = (total for _, total in self.lanes.progress())
        self._longest = max(running, default=self._longest)
        return float(self._longest)
