"""When running trials are copied into the study, so that long ones need not start again."""

from __future__ import annotations

import time

from shoal.store import Checkpoint
from shoal.training import Lanes
from shoal.wiring.ledger import Ledger

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

    def __init__(self, ledger: Ledger, lanes: Lanes, seconds: float) -> None:
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
        if worth and not self.lanes.behind and self.lanes.bytes_held() <= MOST_BYTES:
            held = self.lanes.hold(worth)
            self.ledger.file.write_checkpoints(
                Checkpoint(h.trial, h.epoch, h.standing, h.arrays) for h in held
            )
        self._last = time.perf_counter()
        self._pause = self.seconds and max(self.seconds, (self._last - began) / SHARE)
