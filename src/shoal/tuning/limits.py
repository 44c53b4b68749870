"""What bounds a run: its time, its cost, Ctrl-C."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from shoal.engine import Lanes
from shoal.kernels import backend

clock = time.perf_counter
"""What tells the time."""

OPEN = 10**6
"""Trials of a search that goes on until its time is up."""

CAUTION = 1.15
"""How much longer than so far an epoch may take."""

SCORING = 3.0
"""Seconds that are kept for what comes after all training: the scores of winner and ensemble."""

SCORING_SHARE = 0.15
"""Of the limit, at most, that is kept for that."""

FOLLOWING_SHARE = 0.5
"""Of the limit, at most, that is kept for training the best again."""


class TimeLimit:
    """What of the time that one is ready to spend is left.

    Args:
        seconds: in all; None: as many as it takes.
        began: when the caller began, by the clock.
    """

    def __init__(self, seconds: float | None, began: float) -> None:
        self.seconds, self._began = seconds, began
        self.pace: float | None = None
        """Seconds that an epoch of a trial takes, its share of a round."""
        self._round = 0.0

    @property
    def is_set(self) -> bool:
        """Whether there is a limit."""
        return self.seconds is not None

    @property
    def left(self) -> float:
        """Seconds until the scores have to be made."""
        if self.seconds is None:
            return float("inf")
        return self.seconds - (clock() - self._began) - self._scoring

    @property
    def _scoring(self) -> float:
        assert self.seconds is not None
        return min(SCORING, SCORING_SHARE * self.seconds)

    def note(self, seconds: float, epochs: int) -> None:
        """Take note of what a round of so many epochs took, compiling left out."""
        if epochs:
            self._round, now = seconds, seconds / epochs
            self.pace = now if self.pace is None else 0.5 * (self.pace + now)

    def seconds_for(self, epochs: float) -> float:
        """Seconds that so many epochs will take, at most."""
        return CAUTION * (self.pace or 0.0) * epochs

    def fitting(self, most: int, epochs: float, share: float = 1.0) -> int:
        """How many pieces of work, of so many epochs each, fit into the time.

        Args:
            most: that are wanted.
            epochs: of each.
            share: of the whole limit that they may take, where that is less than what is left.
        """
        each = self.seconds_for(epochs)
        if self.seconds is None or not each:
            return most
        room = self.left if share == 1.0 else share * self.seconds
        return max(min(most, int(room / each)), 0)

    def is_up(self, kept: float) -> bool:
        """Whether another round would reach into what is kept for later: so many seconds."""
        return self.left - kept < self._round


LOG_ENTRIES = 2000
"""Rounds of which the number of busy lanes is remembered; beyond that, every other one."""


class Cost:
    """Counts what a run spends.

    Attributes:
        epochs: epochs of trials.
        training: seconds of rounds, compiling left out.
        rounds_log: seconds since the start, busy lanes and lanes, by round.
    """

    def __init__(self, lanes: Lanes, began: float) -> None:
        self.lanes = lanes
        self.epochs = 0
        self.training = 0.0
        self.rounds_log: list[tuple[float, int, int]] = []
        self._began = began

    def round(self, at: float, busy: int) -> None:
        """Take note of a round that ended."""
        self.rounds_log.append((round(at, 3), busy, self.lanes.size))
        if len(self.rounds_log) > LOG_ENTRIES:
            self.rounds_log = self.rounds_log[::2]

    def state(self) -> dict[str, Any]:
        """The counts, to go on from after a break."""
        lanes = self.lanes
        return {
            "epochs": self.epochs,
            "training": self.training,
            "total": time.perf_counter() - self._began,
            "useful": lanes.use.useful,
            "steps": lanes.use.total,
            "rounds": lanes.rounds,
            "compilations": lanes.log.count,
            "compiling": lanes.log.seconds,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from the counts before the break."""
        lanes = self.lanes
        self.epochs, self.training = int(state["epochs"]), float(state["training"])
        self._began -= float(state["total"])
        lanes.use.useful, lanes.use.total = int(state["useful"]), int(state["steps"])
        lanes.rounds += int(state["rounds"])
        lanes.log.count += int(state["compilations"])
        lanes.log.seconds += float(state["compiling"])

    def to_json(self, *, interrupted: bool, time_up: bool = False) -> dict[str, Any]:
        """What it all cost, as plain data."""
        lanes = self.lanes
        return {
            "seconds": {
                "compile": lanes.log.seconds,
                "train": self.training,
                "total": time.perf_counter() - self._began,
            },
            "compilations": lanes.log.count,
            "lanes": lanes.most,
            "occupancy": lanes.use.occupancy,
            "rounds": lanes.rounds,
            "groups": lanes.groups,
            "epochs": self.epochs,
            "backend": backend(),
            "rounds_log": [list(entry) for entry in self.rounds_log],
            "interrupted": interrupted,
            **({"time_up": True} if time_up else {}),
        }


class Interrupt:
    """Whether someone asked to stop."""

    def __init__(self) -> None:
        self.requested = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Turn the first Ctrl-C into a request; outside the main thread, leave signals alone."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, interrupt._handle)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


def limit_garbage_collection() -> None:
    """From now on only objects that are yet to be made are looked through for garbage.

    Compilers and traced programs leave some hundred thousand objects that stay, and a
    search makes objects enough to have all of these looked through again and again: a
    tenth of a second each time, with the device idle.
    """
    gc.freeze()


@contextmanager
def young_garbage_only() -> Iterator[None]:
    """A block that begins with `limit_garbage_collection`, and after which it is over."""
    limit_garbage_collection()
    try:
        yield
    finally:
        gc.unfreeze()
