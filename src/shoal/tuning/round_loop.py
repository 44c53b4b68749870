"""The loop that trains what waits for lanes, one epoch of all lanes at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from shoal.engine import EpochDone, Lanes, TrialDone
from shoal.tuning.limits import Cost, Interrupt, limit_garbage_collection
from shoal.tuning.progress import Phase, Watch

TICK = 0.1
"""Seconds between two calls of the watcher within a round."""


class RoundLoop:
    """Trains in rounds until no trial is left, or someone asks to stop.

    What is done with a round, and what the watcher hears, is a subclass's.

    Args:
        lanes: where trials are trained.
        watch: who is told of progress.
        interrupt: whether someone asked to stop.
        began: when the caller began, by the performance counter.
    """

    def __init__(self, lanes: Lanes, watch: Watch, interrupt: Interrupt, began: float) -> None:
        self.lanes, self.watch, self.interrupt = lanes, watch, interrupt
        self.cost = Cost(lanes, began)
        self.latest_epoch: dict[str, float] = {}
        """Metrics of the epoch that ended last."""

    # --- of a subclass -------------------------------------------------------------------

    def report(self, phase: Phase) -> None:
        """Tell the watcher how far they are."""
        raise NotImplementedError

    def after_round(self, epochs: Sequence[EpochDone], ended: list[TrialDone], busy: int) -> None:
        """Take what a round has trained, in so many busy lanes, and the trials that ended."""
        raise NotImplementedError

    def note_running(self) -> None:
        """Take note of the trials that are in lanes now."""

    def while_device_works(self) -> None:
        """Do what need not wait for the round's end."""
        self.lanes.compile_next()

    def note_pace(self, seconds: float, epochs: int) -> None:
        """Take note of what a round of so many epochs took, compiling left out."""
        self.cost.training += seconds

    def cut_short(self, phase: Phase) -> bool:
        """Whether the rounds end after this one though trials are left; they are given up then."""
        return False

    # --- rounds --------------------------------------------------------------------------

    def until_empty(self, phase: Phase, ask: Callable[[], None] = lambda: None) -> None:
        """Train until no trial waits or runs; ``ask`` may submit more before each round."""
        ask()
        while (self.lanes.waiting or self.lanes.running) and not self.interrupt.requested:
            if not self._round(phase) or self.cut_short(phase):
                return
            ask()

    def _round(self, phase: Phase) -> bool:
        """One epoch of all lanes; False if it was given up before it began."""
        began, compiled = time.perf_counter(), self.lanes.log.seconds
        self.report("compiling" if self.lanes.size == 0 else phase)
        if not self._train(phase):
            return False
        if self.lanes.log.seconds > compiled:
            limit_garbage_collection()
        busy = self.lanes.busy
        epochs, ended = self.lanes.settle()
        self.cost.epochs += len(epochs)
        if epochs:
            last = epochs[-1]
            self.latest_epoch = {
                **last.metrics, "train_loss": last.train_loss, "epoch": last.epoch,
            }  # fmt: skip
        self.after_round(epochs, ended, busy)
        spent = time.perf_counter() - began - (self.lanes.log.seconds - compiled)
        self.note_pace(spent, len(epochs))
        self.report(phase)
        return True

    def _train(self, phase: Phase) -> bool:
        """Let the device work, and the watcher hear of it; False if it was given up."""
        reported = time.perf_counter()
        for training in self.lanes.round():
            self.note_running()
            if training:
                self.while_device_works()
            if time.perf_counter() - reported > TICK:
                self.report(phase)
                reported = time.perf_counter()
            if self.interrupt.requested and not training:
                return False
        return True
