"""What other processes take of the machine while both sides idle."""

from __future__ import annotations

import os
import time

QUIET = 0.15


def busy_and_total() -> tuple[int, int]:
    """Clock ticks spent at work and altogether, over all cores, since the start."""
    with open("/proc/stat", encoding="ascii") as lines:
        ticks = [int(word) for word in next(lines).split()[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)


def other_load(seconds: float = 0.25) -> float:
    """Cores that others keep busy (0 to the number of cores); 0 where it cannot be told."""
    try:
        busy, total = busy_and_total()
        time.sleep(seconds)
        busy_then, total_then = busy_and_total()
    except (OSError, ValueError, IndexError):
        return 0.0
    return (os.cpu_count() or 1) * (busy_then - busy) / max(1, total_then - total)


def wait_for_quiet(patience: float) -> float:
    """Waits up to `patience` seconds for others to fall silent; returns their load then."""
    end = time.monotonic() + patience
    load = other_load()
    while load > QUIET and time.monotonic() < end:
        time.sleep(0.5)
        load = other_load()
    return load
