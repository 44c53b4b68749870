"""How much time is left, and how many more trials can end in it."""

from __future__ import annotations

import time

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
