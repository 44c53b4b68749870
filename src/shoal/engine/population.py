"""A population: the lanes of one compiled program, and the trials in them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import numpy as np

from shoal.engine.early_stopping import TRAIN_LOSS
from shoal.engine.inheritance import final_state, follow, inherit, restore_opt_state
from shoal.engine.lane_inputs import Filling
from shoal.engine.predictor import LanePredictor, WidePredictor
from shoal.engine.program import Program, fresh_courses
from shoal.engine.specialize import Specialization
from shoal.engine.splits import Splits, repeated_order
from shoal.engine.trial import End, EpochDone, Member, Trial, TrialDone, TrialProgress, mean_of
from shoal.metrics import Objective, by_measure
from shoal.nn import HostParams

STEPS_A_CALL = 128
"""Optimizer steps of one call of the compiled program, at most: between calls the
host can look up, show progress and take an interrupt."""


class Epoch(NamedTuple):
    """The lanes' `EpochState` as lists, since reading one number of a list is quick."""

    alive: list[bool]
    step: list[int]
    first_bad_step: list[int]
    loss_sum: list[float]
    examples: list[float]


class Population:
    """Lanes that train side by side.

    A trial is placed in a free lane, trained epoch by epoch with its
    neighbors, and leaves when it ends; the lane is then free for the next one,
    inside the same program. It has to be opened before the first is placed.

    Args:
        special: the program's network and recipe.
        splits: the data.
        objective: what decides which epoch was the best.
        example: a trial of this group, for the shapes.
        lanes: number of lanes.
    """

    def __init__(
        self,
        special: Specialization,
        splits: Splits,
        objective: Objective,
        example: Trial,
        lanes: int,
    ) -> None:
        self.special, self.splits, self.objective = special, splits, objective
        self.batch = int(special.recipe.batch_size)  # type: ignore[arg-type]  # specialized
        needed = self._steps_of(splits.epoch_rows)
        self.steps = -(-needed // -(-needed // STEPS_A_CALL))
        self.standings: list[TrialProgress | None] = [None] * lanes
        self.lanes = lanes
        self.filling = Filling(special, splits, lanes, needed)
        self._wide: WidePredictor | None = None
        params, setting = self.filling.fill(example)
        self.program = Program(special, splits, params, setting, lanes, self.steps)

    @property
    def busy(self) -> int:
        """Number of lanes that are taken."""
        return sum(standing is not None for standing in self.standings)

    @property
    def calls(self) -> int:
        """Calls of the program that the longest epoch of its trials takes."""
        return max(-(-self._epoch_steps(m) // self.steps) for s in self.taken for m in s.members)

    @property
    def useful_steps(self) -> int:
        """Optimizer steps of the next epoch, all trials together."""
        return sum(self._epoch_steps(m) for s in self.taken for m in s.members)

    @property
    def taken(self) -> list[TrialProgress]:
        """The trials in lanes, each once, in the order of their first lanes."""
        standings = enumerate(self.standings)
        return [s for lane, s in standings if s is not None and s.lanes[0] == lane]

    @property
    def free(self) -> int:
        """Number of lanes that hold none."""
        return self.lanes - self.busy

    @property
    def behind(self) -> bool:
        """Whether some trial has yet to come to where it was before a break."""
        return any(standing is not None and standing.behind for standing in self.standings)

    def place(self, trials: Sequence[Trial], lanes: Sequence[int] | None = None) -> None:
        """Put trials into these lanes, or else into free ones, the first ones first.

        Those that take another's weights get them, if it is in a lane at their epoch.
        """
        free = iter(lanes or [at for at, s in enumerate(self.standings) if s is None])
        places = [(trial, i, next(free)) for trial in trials for i in range(trial.size)]
        self._fill(places)
        before, placed = self.taken, list[TrialProgress]()
        for trial in trials:
            own = tuple(lane for of, _, lane in places if of is trial)
            placed.append(TrialProgress(trial, own, (0,) * trial.size))
            for lane in own:
                self.standings[lane] = placed[-1]
        inherit(self.program, placed, before)
        restore_opt_state(self.program, placed)

    def _fill(self, places: Sequence[tuple[Trial, int, int]]) -> None:
        """Put members of trials into lanes, as they are at their beginning."""
        each = self.program.places
        for start in range(0, len(places), each):
            some = places[start : start + each]
            at = np.zeros(each, np.int32)
            at[: len(some)] = [lane for *_, lane in some]
            filled = [
                self.filling.fill(trial, i, self._epoch_steps(trial.members[i]))
                for trial, i, _ in some
            ]
            filled += [filled[0]] * (each - len(filled))
            params, settings = jax.tree.map(lambda *leaves: np.stack(leaves), *filled)
            program = self.program
            program.learners, program.best, program.settings = program.place(
                program.learners, program.best, program.settings, at, np.int32(len(some)),
                params, settings,
            )  # fmt: skip

    def prepare(self, trials: Sequence[Trial]) -> None:
        """Make ready what some of the trials that will have the next lanes are filled with.

        To be called while the device works.
        """
        for trial in trials:
            for i, member in enumerate(trial.members):
                self.filling.prepare(trial, i, self._epoch_steps(member))

    def _steps_of(self, rows: int) -> int:
        """Optimizer steps of an epoch, from its number of rows."""
        return -(-rows // self.batch)

    def _epoch_steps(self, member: Member) -> int:
        return self._steps_of(self.splits.rows_of(member))

    def epoch(self) -> Iterator[None]:
        """Train every trial for one epoch; yields while each call of the program runs.

        After a break only those that are behind train, until none is.
        """
        late, calls = self.behind, self.calls
        self._training = [s if s and (s.behind or not late) else None for s in self.standings]
        alive = np.array([standing is not None for standing in self._training])
        members = [s.member(lane) if s else None for lane, s in enumerate(self._training)]
        follow(self.program, self.special, self._training)
        each = zip(self._training, members, strict=True)
        order = np.stack([self._order(*one, self.steps * calls) for one in each])
        noise = np.array([_noise(member) for member in members], np.uint32)
        step = np.array([s.step(lane) if s else 0 for lane, s in enumerate(self._training)])
        course = fresh_courses(alive, step)
        program = self.program
        for call in range(calls):
            chunk = order[:, call * self.steps : (call + 1) * self.steps]
            program.learners, course = program.train(
                program.rows, program.learners, program.settings, course, noise, chunk
            )
            if call + 1 == calls:
                sums = program.evaluate(
                    self.splits.batches, self._steering(members), self._measured,
                    program.settings, course.alive,
                )  # fmt: skip
            yield
            jax.block_until_ready(course)
        self._course = Epoch(*(np.asarray(column).tolist() for column in course))
        self._sums = by_measure(sums)

    def _order(
        self, standing: TrialProgress | None, member: Member | None, steps: int
    ) -> np.ndarray:
        if standing is None or member is None:
            return np.full((steps, self.batch), -1, np.int32)
        rows, epoch = standing.trial.rows, standing.epoch + 1
        if rows is None:
            return self.splits.order(member, epoch, steps, self.batch)
        useful = self._epoch_steps(member)
        return repeated_order(
            self.splits.numbers(rows), member.seed, epoch, useful, steps, self.batch
        )

    def _steering(self, members: Sequence[Member | None]) -> Any:
        """What steers the lanes, beside the batches or rows that are the same for all."""
        if not self.splits.folds:
            return self.splits.weights
        return np.stack([self.splits.steering(member) for member in members])

    @property
    def _measured(self) -> Any:
        """The weights of all lanes that are measured and kept."""
        return self.program.learners.measured(self.special.network)

    def settle(self) -> tuple[list[EpochDone], list[TrialDone]]:
        """Read what the epoch did, keep the best weights, and free the lanes of ended trials."""
        epochs: list[EpochDone] = []
        improved = np.zeros(self.lanes, bool)
        ends: list[tuple[TrialProgress, End]] = []
        directions = self.splits.scale.directions
        for standing in self.taken:
            if self._training[standing.lanes[0]] is None:
                continue
            lanes, course = list(standing.lanes), self._course
            standing.epoch += 1
            standing.steps = tuple(course.step[lane] for lane in lanes)
            found = [self._metrics(*one) for one in zip(standing.members, lanes, strict=True)]
            finite = all(math.isfinite(metrics["loss"]) for metrics in found)
            if not (finite and all(course.alive[lane] for lane in lanes)):
                ends.append((standing, "diverged"))
                continue
            improved[lanes] = standing.note(found, self.objective)
            best = float("inf") if standing.best is None else standing.best.objective
            loss, mean = self._loss(lanes), mean_of(found)
            done = EpochDone(standing.trial, standing.epoch, loss, mean, best)
            seen = {**done.metrics, TRAIN_LOSS: done.train_loss}
            standing.watch(seen, self.objective, directions)
            if standing.epoch > standing.reached:
                epochs.append(done)
            end = standing.end()
            if end is not None:
                ends.append((standing, end))
        if improved.any():
            program = self.program
            program.best = program.keep(program.best, self._measured, improved)
        return epochs, [self._leave(standing, end) for standing, end in ends]

    def _metrics(self, member: Member, lane: int) -> dict[str, float]:
        sums = {
            measure: {name: value[lane] for name, value in own.items()}
            for measure, own in self._sums.items()
        }
        return self.splits.metrics(member, sums)

    def _loss(self, lanes: Sequence[int]) -> float:
        """The training loss of the epoch, the mean over these lanes."""
        course = self._course
        losses = [course.loss_sum[lane] / max(course.examples[lane], 1.0) for lane in lanes]
        return losses[0] if len(losses) == 1 else sum(losses) / len(losses)

    def stop(self, trials: Collection[int]) -> list[TrialDone]:
        """End these trials, as stopped."""
        return [self._leave(s, "stopped") for s in self.taken if s.trial.id in trials]

    def release(self) -> list[TrialDone]:
        """End every trial that has a best epoch, as stopped."""
        return [self._leave(s, "stopped") for s in self.taken if s.best is not None]

    def clear(self) -> None:
        """Forget the trials that are in lanes."""
        self.standings = [None] * self.lanes

    def _leave(self, standing: TrialProgress, end: End) -> TrialDone:
        for lane in standing.lanes:
            self.standings[lane] = None
        bad = None
        if end == "diverged":
            steps = [self._course.first_bad_step[lane] for lane in standing.lanes]
            bad = min((step for step in steps if step >= 0), default=max(standing.steps))
        return TrialDone(
            trial=standing.trial,
            end=end,
            epochs=standing.epoch,
            best_epoch=standing.best_epoch,
            objective=None if standing.best is None else standing.best.objective,
            metrics=standing.best_metrics,
            members=standing.best_members,
            first_bad_step=bad,
            weights=partial(self._weights, standing),
            predictor=partial(self._predictor, standing),
            reached=lambda: final_state(self.program, standing, self._weights(standing)),
        )

    def _weights(self, standing: TrialProgress) -> HostParams:
        return self.filling.narrow(self._best(standing), standing.trial)

    def _best(self, standing: TrialProgress) -> HostParams:
        """The best weights of the member that did best, as wide as the program."""
        lane = np.int32(standing.lanes[standing.leader(self.objective)])
        best: HostParams = jax.tree.map(np.asarray, self.program.read(self.program.best, lane))
        return best

    def _predictor(self, standing: TrialProgress) -> LanePredictor:
        if self._wide is None:
            self._wide = WidePredictor(self.special, self.splits.task)
        return self._wide.of(self._best(standing), self.filling.setting(standing.trial))


def _noise(member: Member | None) -> int:
    """The word that keys a member's noise: nothing of its lane."""
    return 0 if member is None else _mixed(member.seed)


@lru_cache(maxsize=4096)
def _mixed(seed: int) -> int:
    """A seed, well mixed."""
    return int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])
