"""Given trials, trained side by side with nobody to ask for more: progress, and Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from shoal.engine import EpochDone, Lanes, Trial, TrialDone
from shoal.tuning.limits import Interrupt
from shoal.tuning.progress import Phase, Progress, Watch
from shoal.tuning.round_loop import RoundLoop

OnEnd = Callable[[TrialDone], None]
"""Given each trial that ends, while its weights can be fetched."""

OnEpochs = Callable[[Sequence[EpochDone]], None]
"""Given each round's epochs."""


class Trainings(RoundLoop):
    """Trains trials until none is left or someone asks to stop, and tells the watcher.

    Args:
        lanes: where they are trained.
        trials: which.
        watch: who is told of progress.
        interrupt: whether someone asked to stop.
        began: when the caller began, by the performance counter.
        on_end: is given each trial that ends.
        on_epochs: is given each round's epochs.
    """

    def __init__(
        self,
        lanes: Lanes,
        trials: Sequence[Trial],
        watch: Watch,
        interrupt: Interrupt,
        began: float,
        on_end: OnEnd,
        on_epochs: OnEpochs = lambda epochs: None,
    ) -> None:
        super().__init__(lanes, watch, interrupt, began)
        self.trials, self.began = trials, began
        self.on_end, self.on_epochs = on_end, on_epochs
        self._states: dict[str, int] = {}
        self._each = int(trials[0].recipe.epochs)  # type: ignore[arg-type]  # bound

    def run(self) -> bool:
        """Train them all; return whether nobody interrupted.

        An interrupt ends the round. Where no trial has ended by then, what the running
        ones have reached is their end.
        """
        for trial in self.trials:
            self.lanes.submit(trial)
        try:
            self.until_empty("training")
        finally:
            self.lanes.ahead.give_up()
        if self.interrupt.requested and not self._states:
            self._take(self.lanes.release())
            self.report("training")
        self.report("done")
        return not self.interrupt.requested

    def after_round(self, epochs: Sequence[EpochDone], ended: list[TrialDone], busy: int) -> None:
        """Hand over epochs, then ends."""
        self.on_epochs(epochs)
        self._take(ended)

    def _take(self, ended: Sequence[TrialDone]) -> None:
        for done in ended:
            self._states[done.end] = self._states.get(done.end, 0) + 1
            self.on_end(done)

    def report(self, phase: Phase) -> None:
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
                epochs=self.cost.epochs,
                elapsed=time.perf_counter() - self.began,
                remaining=self._remaining(),
                metric=lanes.objective.metric,
                epoch=self.latest_epoch,
                most_epochs=self._each,
                compilations=lanes.log.count,
            )
        )

    def _remaining(self) -> float | None:
        """Seconds left if no training stops early, at the pace so far."""
        if not self.cost.epochs:
            return None
        left = sum(total - done for done, total in self.lanes.progress())
        return (left + self.lanes.waiting * self._each) * self.cost.training / self.cost.epochs
