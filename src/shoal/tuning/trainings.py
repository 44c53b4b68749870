"""Given trials, trained side by side with nobody to ask for more: progress, and Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from shoal.engine import EpochDone, Lanes, Trial, TrialDone
from shoal.tuning.limits import Interrupt
from shoal.tuning.progress import Phase, Progress, Watch
from shoal.tuning.search_loop import TICK


class Trainings:
    """Trains trials until none is left or someone asks to stop, and tells the watcher.

    Args:
        lanes: where they are trained.
        trials: which.
        watch: who is told of progress.
        interrupt: whether someone asked to stop.
        began: when the caller began, by the performance counter.
    """

    def __init__(
        self,
        lanes: Lanes,
        trials: Sequence[Trial],
        watch: Watch,
        interrupt: Interrupt,
        began: float,
    ) -> None:
        self.lanes, self.trials = lanes, trials
        self.watch, self.interrupt, self.began = watch, interrupt, began
        self._states: dict[str, int] = {}
        self._each = int(trials[0].recipe.epochs)  # type: ignore[arg-type]  # bound
        self._epoch: dict[str, float] = {}
        self._epochs = 0
        self._training = 0.0

    def run(
        self,
        ended: Callable[[TrialDone], None],
        epochs: Callable[[Sequence[EpochDone]], None] = lambda done: None,
    ) -> bool:
        """Train them all.

        An interrupt ends the round. Where no trial has ended by then, what the running
        ones have reached is their end.

        Args:
            ended: is given each trial that ends, while its weights can be fetched.
            epochs: is given each round's epochs.

        Returns:
            whether nobody interrupted.
        """
        for trial in self.trials:
            self.lanes.submit(trial)
        try:
            while (self.lanes.waiting or self.lanes.running) and not self.interrupt.requested:
                self._take(self._round(epochs), ended)
        finally:
            self.lanes.ahead.give_up()
        if self.interrupt.requested and not self._states:
            self._take(self.lanes.release(), ended)
        self.tell("done")
        return not self.interrupt.requested

    def _take(self, done: Sequence[TrialDone], ended: Callable[[TrialDone], None]) -> None:
        for trial in done:
            self._states[trial.end] = self._states.get(trial.end, 0) + 1
            ended(trial)
        self.tell("training")

    def _round(self, epochs: Callable[[Sequence[EpochDone]], None]) -> list[TrialDone]:
        """One epoch of all lanes; nothing if it was given up before it began."""
        began, compiled = time.perf_counter(), self.lanes.log.seconds
        self.tell("compiling" if self.lanes.size == 0 else "training")
        last = time.perf_counter()
        for training in self.lanes.round():
            if training:
                self.lanes.compile_next()
            if time.perf_counter() - last > TICK:
                self.tell("training")
                last = time.perf_counter()
            if self.interrupt.requested and not training:
                return []
        done, ended = self.lanes.settle()
        epochs(done)
        if done:
            one = done[-1]
            self._epoch = {**one.metrics, "train_loss": one.train_loss, "epoch": one.epoch}
        self._epochs += len(done)
        spent = time.perf_counter() - began
        self._training += spent - (self.lanes.log.seconds - compiled)
        return ended

    def tell(self, phase: Phase) -> None:
        """Tell the watcher how far they are."""
        if self.interrupt.requested and phase == "training":
            phase = "stopping"
        lanes, running = self.lanes, self.lanes.running
        progress = lanes.progress()
        states = {**self._states, "running": len(running), "waiting": lanes.waiting}
        self.watch(
            Progress(
                phase=phase,
                asked=len(self.trials),
                states=states,
                begun=sum(done / total for done, total in progress),
                lanes=lanes.size,
                busy=lanes.busy,
                occupancy=lanes.use.occupancy,
                epochs=self._epochs,
                elapsed=time.perf_counter() - self.began,
                remaining=self._remaining(),
                metric=lanes.objective.metric,
                epoch=self._epoch,
                most_epochs=self._each,
                compilations=lanes.log.count,
            )
        )

    def _remaining(self) -> float | None:
        """Seconds left if no training stops early, at the pace so far."""
        if not self._epochs:
            return None
        left = sum(total - done for done, total in self.lanes.progress())
        return (left + self.lanes.waiting * self._each) * self._training / self._epochs
