"""What a run costs, over all the sittings that it took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from shoal.kernels import backend
from shoal.training import Lanes

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
