"""The clock of a storage: time a trial by number of trials, and what the last ones took."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

TAIL = 0.1
"""Share of the trials that are the last: what a trial costs in a study of that size."""


@dataclass
class StorageClock:
    """Wall time and processor time of the process, while it runs.

    Attributes:
        sizes: numbers of trials at which time is told.
        lines: what has been told so far.
    """

    sizes: Sequence[int]
    lines: list[dict[str, Any]] = field(default_factory=list)
    _spent: tuple[float, float] = (0.0, 0.0)
    _tails: dict[int, tuple[int, tuple[float, float]]] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what the block takes."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self._spent = (
            self._spent[0] + time.perf_counter() - wall,
            self._spent[1] + time.process_time() - processor,
        )

    def ended(self, trials: int) -> None:
        """So many trials have ended: note what is due."""
        for size in self.sizes:
            if trials >= (1 - TAIL) * size:
                self._tails.setdefault(size, (trials, self._spent))
            if trials >= size and len(self.lines) < 1 + self.sizes.index(size):
                self.lines.append(self._line(size, trials))

    def _line(self, size: int, trials: int) -> dict[str, Any]:
        since, before = self._tails[size]
        tail = max(1, trials - since)
        wall, processor = self._spent
        return {
            "size": size,
            "trials": trials,
            "wall_ms": 1e3 * wall / trials,
            "cpu_ms": 1e3 * processor / trials,
            "last_wall_ms": 1e3 * (wall - before[0]) / tail,
            "last_cpu_ms": 1e3 * (processor - before[1]) / tail,
        }
