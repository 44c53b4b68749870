"""A population: the lanes of one compiled program, and the trials in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import jax
import numpy as np

from shoal.network import HostParams
from shoal.training.compiling import CompileLog
from shoal.training.early_stopping import TRAIN_LOSS
from shoal.training.filling import Filling
from shoal.training.lane import Course
from shoal.training.metrics import Objective
from shoal.training.program import PLACES, Program, fresh_courses
from shoal.training.repeated_order import repeated_order
from shoal.training.specialize import Specialization
from shoal.training.splits import Splits, epoch_order
from shoal.training.trial import End, EpochDone, Standing, Trial, TrialDone

STEPS_A_CALL = 128
"""Optimizer steps of one call of the compiled program, at most: between calls the
host can look up, show progress and take an interrupt."""


class Population:
    """Lanes that train side by side.

    A trial is placed in a free lane, trained epoch by epoch with its
    neighbors, and leaves when it ends; the lane is then free for the next one,
    inside the same program.

    Args:
        special: the program's network and recipe.
        splits: the data.
        objective: what decides which epoch was the best.
        example: a trial of this group, for the shapes.
        lanes: number of lanes.
        log: where compilations are counted.
    """

    def __init__(
        self,
        special: Specialization,
        splits: Splits,
        objective: Objective,
        example: Trial,
        lanes: int,
        log: CompileLog,
    ) -> None:
        self.special, self.splits, self.objective = special, splits, objective
        self.batch = int(special.recipe.batch_size)  # type: ignore[arg-type]  # specialized
        needed = -(-splits.rows // self.batch)
        self.calls = -(-needed // STEPS_A_CALL)
        self.steps = -(-needed // self.calls)
        self.useful_steps = needed
        self.standings: list[Standing | None] = [None] * lanes
        self.lanes = lanes
        self.filling = Filling(special, lanes, needed)
        params, setting = self.filling.fill(example)
        self.program = Program(special, splits, params, setting, lanes, self.steps, log)

    @property
    def busy(self) -> int:
        """Number of lanes that hold a trial."""
        return sum(standing is not None for standing in self.standings)

    @property
    def free(self) -> int:
        """Number of lanes that hold none."""
        return self.lanes - self.busy

    @property
    def behind(self) -> bool:
        """Whether some trial has yet to come to where it was before a break."""
        return any(standing is not None and standing.behind for standing in self.standings)

    def place(self, trials: Sequence[Trial], lanes: Sequence[int] | None = None) -> None:
        """Put trials into these lanes, or else into free ones, the first ones first."""
        free = lanes or [at for at, standing in enumerate(self.standings) if standing is None]
        for start in range(0, len(trials), PLACES):
            some = trials[start : start + PLACES]
            at = np.zeros(PLACES, np.int32)
            at[: len(some)] = free[start : start + len(some)]
            filled = [self.filling.fill(trial) for trial in some]
            filled += [filled[0]] * (PLACES - len(filled))
            params, settings = jax.tree.map(lambda *leaves: np.stack(leaves), *filled)
            program = self.program
            program.learners, program.best, program.settings = program.place(
                program.learners, program.best, program.settings, at, np.int32(len(some)),
                params, settings,
            )  # fmt: skip
            for lane, trial in zip(at, some, strict=False):
                self.standings[lane] = Standing(trial)

    def epoch(self) -> Iterator[None]:
        """Train every trial for one epoch; yields after each call of the program.

        After a break only those that are behind train, until none is.
        """
        late = self.behind
        self._training = [s if s and (s.behind or not late) else None for s in self.standings]
        alive = np.array([standing is not None for standing in self._training])
        order = np.stack([self._order(standing) for standing in self._training])
        noise = np.array([_noise(standing) for standing in self._training], np.uint32)
        step = np.array([standing.step if standing else 0 for standing in self._training])
        course = fresh_courses(alive, step)
        program = self.program
        for call in range(self.calls):
            chunk = order[:, call * self.steps : (call + 1) * self.steps]
            program.learners, course = program.train(
                self.splits.training, program.learners, program.settings, course, noise, chunk
            )
            jax.block_until_ready(course)
            yield
        sums = program.evaluate(
            self.splits.batches, self.splits.weights, program.learners.params, program.settings,
            course.alive,
        )  # fmt: skip
        self._course: Course = jax.tree.map(np.asarray, course)
        self._sums: dict[str, np.ndarray] = jax.tree.map(np.asarray, sums)

    def _order(self, standing: Standing | None) -> np.ndarray:
        steps = self.steps * self.calls
        if standing is None:
            return np.full((steps, self.batch), -1, np.int32)
        seed, rows, epoch = standing.trial.seed, standing.trial.rows, standing.epoch + 1
        if rows is not None:
            return repeated_order(rows, seed, epoch, self.useful_steps, steps, self.batch)
        return epoch_order(seed, epoch, self.splits.rows, steps, self.batch)

    def settle(self) -> tuple[list[EpochDone], list[TrialDone]]:
        """Read what the epoch did, keep the best weights, and free the lanes of ended trials."""
        epochs: list[EpochDone] = []
        done: list[TrialDone] = []
        improved = np.zeros(self.lanes, bool)
        ends: dict[int, End] = {}
        for at, standing in enumerate(self._training):
            if standing is None:
                continue
            standing.epoch += 1
            standing.step = int(self._course.step[at])
            metrics = self.splits.scale.metrics({k: v[at] for k, v in self._sums.items()})
            if not (self._course.alive[at] and np.isfinite(metrics["loss"])):
                ends[at] = "diverged"
                continue
            improved[at] = standing.note(metrics, self.objective)
            train_loss = float(self._course.loss_sum[at]) / max(
                float(self._course.examples[at]), 1.0
            )
            seen = {**metrics, TRAIN_LOSS: train_loss}
            standing.watch(seen, self.objective, self.splits.scale.directions)
            if standing.epoch > standing.reached:
                epochs.append(EpochDone(standing.trial, standing.epoch, train_loss, metrics))
            end = standing.end()
            if end is not None:
                ends[at] = end
        program = self.program
        program.best = program.keep(program.best, program.learners.params, improved)
        for at, end in ends.items():
            done.append(self._leave(at, end))
        return epochs, done

    def release(self) -> list[TrialDone]:
        """End every trial that has a best epoch, as stopped."""
        return [
            self._leave(at, "stopped")
            for at, standing in enumerate(self.standings)
            if standing is not None and standing.best is not None
        ]

    def _leave(self, at: int, end: End) -> TrialDone:
        standing = self.standings[at]
        assert standing is not None
        self.standings[at] = None
        bad = int(self._course.first_bad_step[at]) if end == "diverged" else -1
        return TrialDone(
            trial=standing.trial,
            end=end,
            epochs=standing.epoch,
            best_epoch=standing.best_epoch,
            objective=None if standing.best is None else standing.best.objective,
            metrics=standing.best_metrics,
            first_bad_step=(bad if bad >= 0 else standing.step) if end == "diverged" else None,
            weights=partial(self._weights, at, standing.trial),
        )

    def _weights(self, at: int, trial: Trial) -> HostParams:
        best = jax.tree.map(np.asarray, self.program.read(self.program.best, np.int32(at)))
        return self.filling.narrow(best, trial)


def _noise(standing: Standing | None) -> int:
    """The word that keys a trial's noise: its seed, well mixed, and nothing of its lane."""
    if standing is None:
        return 0
    return int(np.random.SeedSequence([standing.trial.seed, 1]).generate_state(1)[0])
